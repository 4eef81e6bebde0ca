using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Primitives;
using Proxy.Configuration;
using Yarp.ReverseProxy.Configuration;

namespace Proxy.Clusters;

/// <summary>Gives YARP the route and the cluster that <c>Gateway:Nodes</c> makes, and makes it look again when a node that was kept to drain may go.</summary>
internal sealed class GatewayConfigProvider : IProxyConfigProvider, IDisposable
{
    private readonly LiveConfiguration _live;
    private readonly Lock _gate = new();
    private readonly IDisposable _subscription;
    private Mapped _current;

    public GatewayConfigProvider(LiveConfiguration live)
    {
        _live = live;
        _current = new Mapped(live.Current.Options);
        _subscription = live.OnChange(_ => Signal());
    }

    public IProxyConfig GetConfig()
    {
        lock (_gate)
        {
            return _current;
        }
    }

    /// <summary>Makes YARP apply its configuration again, with all filters.</summary>
    public void Signal()
    {
        Mapped former;
        lock (_gate)
        {
            former = _current;
            _current = new Mapped(_live.Current.Options);
        }

        former.Change();
    }

    public void Dispose() => _subscription.Dispose();

    [SuppressMessage("Design", "CA1001", Justification = "The source has no timer and is shared with YARP.")]
    private sealed class Mapped : IProxyConfig
    {
        private readonly CancellationTokenSource _source = new();

        public Mapped(GatewayOptions options)
        {
            (Routes, Clusters) = GatewayRoutes.Map(options);
            ChangeToken = new CancellationChangeToken(_source.Token);
        }

        public IReadOnlyList<RouteConfig> Routes { get; }

        public IReadOnlyList<ClusterConfig> Clusters { get; }

        public IChangeToken ChangeToken { get; }

        public void Change() => _source.Cancel();
    }
}
