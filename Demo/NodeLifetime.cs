namespace Demo;

/// <summary>Leaves Ctrl-C to the gateway, which stops first; the default lifetime of each node would stop all at once.</summary>
internal sealed class NodeLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
