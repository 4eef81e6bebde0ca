using System.Reflection;
using Proxy.Affinity.Sharing;
using Proxy.Clusters;
using Proxy.Configuration;
using Proxy.Connections;
using Proxy.Decisions;
using Proxy.Listeners.Certificates;
using Proxy.Metrics;
using Proxy.Nodes;
using Yarp.ReverseProxy.Model;

namespace Proxy.Admin;

/// <summary>Turns the gateway's state into the admin API's JSON; reads only.</summary>
internal sealed class DiagnosticsReader(
    NodeRegistry registry, ConnectionTable connections, SharedIds shared, OutcomeCounters outcomes, LiveConfiguration live, TimeProvider time,
    CertificateStore? certificates = null)
{
    private readonly long _startedAt = time.GetTimestamp();

    public AffinityJson Affinity()
    {
        var current = live.Current;
        var options = current.Options;
        return new AffinityJson(
            Version: typeof(DiagnosticsReader).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
            UptimeSeconds: Math.Round(time.GetElapsedTime(_startedAt).TotalSeconds, 3),
            Mode: options.Affinity.Mode.Name(),
            Router: options.Router,
            Store: new StoreJson(
                DiagnosticNames.Of(options.Affinity.Store), connections.Count, connections.Capacity, connections.Evicted, shared.IsConnected, shared.Failures),
            Nodes: Nodes(),
            Outcomes: outcomes.Read(),
            Refusals: OutcomeCounters.Refusals,
            Configuration: new ConfigurationJson(
                current.LoadedAt, live.Rejected, live.LastError is { } error ? new ConfigurationErrorJson(error.At, error.Messages) : null),
            Certificates: certificates?.Status ?? []);
    }

    public IReadOnlyList<NodeJson> Nodes() =>
    [
        .. registry.Clusters.OrderBy(cluster => cluster.ClusterId, StringComparer.Ordinal).SelectMany(cluster =>
            (cluster.Snapshot?.Nodes ?? []).Select(Node).Concat(cluster.RecentlyRemoved.Select(node => Gone(cluster.ClusterId, node)))),
    ];

    public NodeJson Node(GatewayNode node)
    {
        var state = node.State;
        var counted = state.Connections;
        var metrics = node.Metrics;
        var drain = state.Drain;
        return new NodeJson(
            node.Name,
            state.ClusterId,
            node.Address,
            DiagnosticNames.Of(node.EndpointType),
            DiagnosticNames.Of(node.Lifecycle),
            node.Online,
            new NodeHealthJson(
                DiagnosticNames.Of(node.Destination.Health.Active), DiagnosticNames.Of(node.Destination.Health.Passive), state.Health.LastProbeError),
            new NodeConnectionsJson(counted.WebSockets, counted.ServerSentEvents, counted.LongPolling, counted.Negotiated, counted.Total),
            state.TcpConnections,
            metrics.InFlight,
            metrics.ConnectionCapacity,
            node.Weight,
            new NodeLoadJson(
                metrics.ClientConnectionCount,
                metrics.IsReported ? "reported" : "counted",
                metrics.ConnectionCapacity,
                metrics.IsCapacityReported ? "reported" : metrics.ConnectionCapacity > 0 ? "configured" : "unknown"),
            state.Report is { } report
                ? new NodeReportedJson(
                    report.ClientConnectionCount,
                    report.ConnectionCapacity,
                    report.BootId,
                    time.GetUtcNow() - time.GetElapsedTime(report.At),
                    state.IsFresh(report))
                : null,
            drain is null ? null : Drain(state, drain, state.Remaining));
    }

    private NodeDrainJson Drain(NodeState state, DrainState drain, int remaining) => new(
        drain.SinceTime,
        DiagnosticNames.Of(drain.Origin),
        DiagnosticNames.Of(drain.Mode),
        remaining,
        Math.Round(drain.Progress.Rate, 2),
        drain.SinceTime + drain.Timeout,
        time.GetUtcNow() + drain.Progress.Forecast(drain, remaining, state.IdsForgotten));

    private static NodeJson Gone(string clusterId, RemovedNode node) => new(
        node.Name, clusterId, node.Address, DiagnosticNames.Of(node.EndpointType), DiagnosticNames.Of(NodeLifecycle.Removed), Online: false,
        new NodeHealthJson(DiagnosticNames.Of(DestinationHealth.Unknown), DiagnosticNames.Of(DestinationHealth.Unknown), null),
        new NodeConnectionsJson(0, 0, 0, 0, 0), TcpConnections: 0, InFlight: 0, Capacity: 0, Weight: 0, Load: null, Reported: null, Draining: null);
}
