namespace Proxy.WarmUp;

/// <summary>Whether the gateway is still being warmed up, for <c>GET /healthz/ready</c>.</summary>
internal sealed class WarmUpState
{
    private volatile bool _isRunning;

    public bool IsRunning
    {
        get => _isRunning;
        set => _isRunning = value;
    }
}
