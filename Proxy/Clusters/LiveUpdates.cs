using Proxy.Configuration;
using Proxy.Connections;

namespace Proxy.Clusters;

/// <summary>Carries an accepted change of options to what was built from the former ones; changes of nodes come through YARP.</summary>
internal sealed class LiveUpdates(LiveConfiguration live, NodeRegistry registry, ConnectionTable connections) : IHostedService, IDisposable
{
    private IDisposable? _subscription;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _subscription = live.OnChange(Apply);
        Apply(live.Current);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _subscription?.Dispose();

    private void Apply(ConfigurationSnapshot current)
    {
        connections.Capacity = current.Options.Affinity.StoreCapacity;
        registry.RefreshAll();
    }
}
