using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;

namespace Proxy.Nodes;

/// <summary>Makes YARP look at its configuration again when a node that was kept to drain may go: a configuration of its own that says nothing.</summary>
internal sealed class RetainedNodes : IProxyConfigProvider
{
    private readonly Lock _gate = new();
    private Empty _current = new();

    public IProxyConfig GetConfig()
    {
        lock (_gate)
        {
            return _current;
        }
    }

    public void Signal()
    {
        Empty former;
        lock (_gate)
        {
            former = _current;
            _current = new Empty();
        }

        former.Change();
    }

    [SuppressMessage("Design", "CA1001", Justification = "The source has no timer and is shared with YARP.")]
    private sealed class Empty : IProxyConfig
    {
        private readonly CancellationTokenSource _source = new();

        public Empty()
        {
            ChangeToken = new CancellationChangeToken(_source.Token);
        }

        public IReadOnlyList<RouteConfig> Routes => [];

        public IReadOnlyList<ClusterConfig> Clusters => [];

        public IChangeToken ChangeToken { get; }

        public void Change() => _source.Cancel();
    }
}
