using System.Diagnostics.Metrics;
using Proxy.Clusters;
using Proxy.Configuration;
using Proxy.Connections;
using Proxy.Decisions;
using Proxy.Forwarding.Tunnels;
using Proxy.Metrics;
using Proxy.Nodes;
using Proxy.Requests;

namespace Proxy.Admin.Metrics;

/// <summary>Instruments that read the gateway's state whenever metrics are collected, so that they say the same as the admin API.</summary>
internal sealed class GatewayGauges : IHostedService
{
    private readonly NodeRegistry _registry;
    private readonly TunnelRegistry _tunnels;

    public GatewayGauges(
        IMeterFactory factory, NodeRegistry registry, ConnectionTable connections, TunnelRegistry tunnels, NegotiateGate gate, LiveConfiguration live,
        DecisionLog log)
    {
        (_registry, _tunnels) = (registry, tunnels);
        var meter = factory.Create(GatewayMetrics.MeterName);
        meter.CreateObservableUpDownCounter(
            "gateway.connections", Connections, "{connection}", "Live logical connections by node and transport; 'negotiated' has an id and no transport yet.");
        meter.CreateObservableUpDownCounter(
            "gateway.node.tcp_connections", TcpConnections, "{connection}", "TCP connections to nodes that are open for requests and WebSockets of clients.");
        meter.CreateObservableUpDownCounter("gateway.nodes", Nodes, "{node}", "Nodes by state: staging, online, offline, draining.");
        meter.CreateObservableGauge("gateway.drain.remaining", Draining, "{connection}", "Connections that a draining node still waits for.");
        meter.CreateObservableCounter("gateway.tunnel.messages", Messages, "{message}", "WebSocket messages that have passed through tunnels.");
        meter.CreateObservableCounter("gateway.tunnel.io", Bytes, "By", "Bytes that have passed through tunnels.");
        meter.CreateObservableUpDownCounter("gateway.tunnels", () => tunnels.Count, "{tunnel}", "Open WebSocket tunnels.");
        meter.CreateObservableUpDownCounter("gateway.store.entries", () => connections.Count, "{entry}", "Connections that the gateway remembers.");
        meter.CreateObservableUpDownCounter("gateway.store.capacity", () => connections.Capacity, "{entry}", "Connections that it remembers at the most.");
        meter.CreateObservableCounter("gateway.store.evicted", () => connections.Evicted, "{entry}", "Unused ids that had to make room.");
        meter.CreateObservableCounter(
            "gateway.configuration.reloads", () => Reloads(live), "{reload}", "Changes of the configuration since the start, by what became of them.");
        meter.CreateObservableUpDownCounter(
            "gateway.connect.waiting", () => gate.Waiting, "{request}", "Requests that wait for their turn to open a connection.");
        meter.CreateObservableCounter("gateway.trace.decisions", () => log.Recorded, "{decision}", "Decisions that the trace has written down.");
    }

    // This is a hosted service because that is created at the start; no other class asks for it.
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private IEnumerable<GatewayNode> AllNodes => _registry.Clusters.SelectMany(cluster => cluster.Snapshot?.Nodes ?? []);

    private IEnumerable<Measurement<int>> Connections() => AllNodes.SelectMany(node =>
    {
        var counted = node.State.Connections;
        return new (int Count, string Transport)[]
        {
            (counted.WebSockets, Transport.WebSockets.Name()),
            (counted.ServerSentEvents, Transport.ServerSentEvents.Name()),
            (counted.LongPolling, Transport.LongPolling.Name()),
            (counted.Negotiated, DiagnosticNames.Negotiated),
        }.Select(pair => new Measurement<int>(pair.Count, [.. TagsOf(node), new(MetricTags.Transport, pair.Transport)]));
    });

    private IEnumerable<Measurement<int>> TcpConnections() => AllNodes.Select(node => new Measurement<int>(node.State.TcpConnections, TagsOf(node)));

    private IEnumerable<Measurement<int>> Nodes() => _registry.Clusters.SelectMany(cluster =>
    {
        var nodes = cluster.Snapshot?.Nodes ?? [];
        return new (int Count, string State)[]
        {
            (nodes.Count(node => node.Lifecycle is NodeLifecycle.Staging), "staging"),
            (nodes.Count(node => node is { Lifecycle: NodeLifecycle.Open, Online: true }), "online"),
            (nodes.Count(node => node is { Lifecycle: NodeLifecycle.Open, Online: false }), "offline"),
            (nodes.Count(node => node.Lifecycle is NodeLifecycle.Draining), "draining"),
        }.Select(pair => new Measurement<int>(pair.Count, new(MetricTags.Cluster, cluster.ClusterId), new(MetricTags.NodeState, pair.State)));
    });

    private IEnumerable<Measurement<int>> Draining() =>
        AllNodes.Where(node => node.Lifecycle is NodeLifecycle.Draining).Select(node => new Measurement<int>(node.State.Remaining, TagsOf(node)));

    private Measurement<long>[] Messages()
    {
        var total = _tunnels.Read();
        return ByDirection(total.MessagesIn, total.MessagesOut);
    }

    private Measurement<long>[] Bytes()
    {
        var total = _tunnels.Read();
        return ByDirection(total.BytesIn, total.BytesOut);
    }

    private static Measurement<long>[] ByDirection(long received, long transmitted) =>
    [
        new(received, new KeyValuePair<string, object?>(MetricTags.Direction, "receive")),
        new(transmitted, new KeyValuePair<string, object?>(MetricTags.Direction, "transmit")),
    ];

    private static Measurement<long>[] Reloads(LiveConfiguration live) =>
    [
        new(live.Current.Version - 1, new KeyValuePair<string, object?>(MetricTags.ReloadResult, "accepted")),
        new(live.Rejected, new KeyValuePair<string, object?>(MetricTags.ReloadResult, "rejected")),
    ];

    private static KeyValuePair<string, object?>[] TagsOf(GatewayNode node) => [new(MetricTags.Cluster, node.State.ClusterId), new(MetricTags.Node, node.Name)];
}
