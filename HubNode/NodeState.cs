using Microsoft.Extensions.Options;

namespace HubNode;

/// <summary>What the node knows about itself: who it is, which connections it holds, whether it wants new ones.</summary>
public sealed class NodeState
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _connections = new(StringComparer.Ordinal);
    private readonly HubNodeOptions _options;
    private volatile bool _draining;

    public NodeState(IOptions<HubNodeOptions> options, IOptions<BackplaneOptions> backplane, IHostApplicationLifetime lifetime)
    {
        HasBackplane = backplane.Value.IsEnabled;
        _options = options.Value;
        _draining = _options.Draining;
        lifetime.ApplicationStopping.Register(() => Draining = true);
    }

    /// <summary>Raised after a hub connection opened or closed; in the order in which that happened.</summary>
    public event EventHandler<ConnectionChangedEventArgs>? ConnectionChanged;

    public string Name => _options.Name;

    /// <summary>Whether messages go to the clients of other nodes too.</summary>
    public bool HasBackplane { get; }

    /// <summary>Differs after each start, so that a gateway sees a restart that was too short for its probes.</summary>
    public string BootId { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Whether the report asks gateways for no new connections; also set while the node stops.</summary>
    public bool Draining
    {
        get => _draining;
        set => _draining = value;
    }

    public NodeReport Report()
    {
        lock (_gate)
        {
            return new NodeReport(_draining ? "draining" : "healthy", Name, _connections.Count, _options.Capacity, BootId, _draining);
        }
    }

    internal void Opened(string connectionId, string transport)
    {
        lock (_gate)
        {
            if (_connections.Add(connectionId))
            {
                ConnectionChanged?.Invoke(this, new ConnectionChangedEventArgs(connectionId, transport, isOpen: true, _connections.Count));
            }
        }
    }

    internal void Closed(string connectionId, string transport)
    {
        lock (_gate)
        {
            if (_connections.Remove(connectionId))
            {
                ConnectionChanged?.Invoke(this, new ConnectionChangedEventArgs(connectionId, transport, isOpen: false, _connections.Count));
            }
        }
    }
}
