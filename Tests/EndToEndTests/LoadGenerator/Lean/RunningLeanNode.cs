using LoadTests.Lean.Node;

namespace EndToEndTests.LoadGenerator.Lean;

/// <summary>A node of comparisons, in the test's process.</summary>
internal sealed class RunningLeanNode : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly LeanNode _node;
    private readonly Task _run;

    public RunningLeanNode(string name)
    {
        _node = new LeanNode(name);
        _run = _node.RunAsync(_stop.Token);
    }

    public string Name => _node.Name;

    public Uri Url => _node.Url;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _node.Dispose();
        _stop.Dispose();
    }
}
