using System.Diagnostics.Metrics;
using Proxy.Nodes;
using Proxy.Outcomes;
using Proxy.Requests;

namespace Proxy.Metrics;

/// <summary>Instruments that are written to when something happens. docs/metrics.md lists every instrument; names, units and tags are public.</summary>
internal sealed class GatewayMetrics
{
    public const string MeterName = "Proxy.Gateway";

    // The shortest is a client in the same data centre, the longest a phone that has lost its network in between.
    private static readonly InstrumentAdvice<double> ConnectDurationBuckets = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30],
    };

    // From 1 s to 300 s the bounds are those of ASP.NET Core's signalr.server.connection.duration; from there they go on to a day.
    private static readonly InstrumentAdvice<double> ConnectionDurationBuckets = new()
    {
        HistogramBucketBoundaries = [0.01, 0.1, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14_400, 86_400],
    };

    private readonly Counter<long> _lookups;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _redirects;
    private readonly Counter<long> _moves;
    private readonly Counter<long> _probes;
    private readonly UpDownCounter<long> _privateConnections;
    private readonly Histogram<double> _connectDuration;
    private readonly Histogram<double> _connectionDuration;

    public GatewayMetrics(IMeterFactory factory)
    {
        var meter = factory.Create(MeterName);
        _lookups = meter.CreateCounter<long>("gateway.affinity.lookups", "{lookup}", "Requests by what their node was found by, or why they were refused.");
        _retries = meter.CreateCounter<long>("gateway.retries", "{request}", "Requests that were sent on to another node, by the node that had failed them.");
        _redirects = meter.CreateCounter<long>("gateway.redirects", "{negotiate}", "Negotiates that were answered with the address of a node, by the node.");
        _moves = meter.CreateCounter<long>(
            "gateway.moves", "{connection}", "Connections whose client was asked to come back elsewhere, by the node they were on.");
        _probes = meter.CreateCounter<long>("gateway.probes", "{probe}", "Health probes by result.");
        _privateConnections = meter.CreateUpDownCounter<long>(
            "gateway.private_connections", "{connection}", "Connections to nodes that belong to one client connection, which is authenticated by it.");
        _connectDuration = meter.CreateHistogram(
            "gateway.connect.duration", "s", "From the answer to a negotiate to the first request of its transport.", advice: ConnectDurationBuckets);
        _connectionDuration = meter.CreateHistogram(
            "gateway.connection.duration", "s", "From the first sight of a connection to its last use.", advice: ConnectionDurationBuckets);
    }

    public void LookedUp(RoutingOutcome outcome, Transport transport) => _lookups.Add(
        1, new KeyValuePair<string, object?>(MetricTags.Outcome, outcome.Name()), new KeyValuePair<string, object?>(MetricTags.Transport, transport.Name()));

    public void Retried(string failedNode) => _retries.Add(1, new KeyValuePair<string, object?>(MetricTags.Node, failedNode));

    public void Redirected(GatewayNode to) => _redirects.Add(
        1, new KeyValuePair<string, object?>(MetricTags.Cluster, to.State.ClusterId), new KeyValuePair<string, object?>(MetricTags.Node, to.Name));

    public void Moved(NodeState from) => _moves.Add(
        1, new KeyValuePair<string, object?>(MetricTags.Cluster, from.ClusterId), new KeyValuePair<string, object?>(MetricTags.Node, from.Name));

    public void PrivateConnections(int by, string cluster, string node) => _privateConnections.Add(
        by, new KeyValuePair<string, object?>(MetricTags.Cluster, cluster), new KeyValuePair<string, object?>(MetricTags.Node, node));

    public void Probed(GatewayNode node, in ProbeResult result) => _probes.Add(
        1,
        new KeyValuePair<string, object?>(MetricTags.Cluster, node.State.ClusterId),
        new KeyValuePair<string, object?>(MetricTags.Node, node.Name),
        new KeyValuePair<string, object?>(MetricTags.ProbeResult, result.Succeeded ? "succeeded" : result.TimedOut ? "timed_out" : "failed"));

    public void Connected(TimeSpan sinceNegotiate, Transport transport) =>
        _connectDuration.Record(sinceNegotiate.TotalSeconds, new KeyValuePair<string, object?>(MetricTags.Transport, transport.Name()));

    public void Ended(TimeSpan duration, Transport transport) =>
        _connectionDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>(MetricTags.Transport, transport.Name()));
}
