namespace Proxy.Hosting;

/// <summary>Leaves signals to the gateway's own host: the admin listener has to answer until the gateway has drained.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
