using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Proxy.Metrics;

namespace Proxy.Admin.Metrics;

/// <summary>The meters that are shown to Prometheus and sent by OTLP.</summary>
internal static class GatewayMeters
{
    /// <summary>Series of one metric at most; further ones are added up in one more series, with the tag <c>otel.metric.overflow</c>.</summary>
    public const int MaxSeries = 2000;

    /// <summary>The same for a metric whose tags have values that do not depend on the configuration or on clients.</summary>
    /// <remarks>
    /// OpenTelemetry allocates the memory of all series of a metric at once, some 170 bytes each. With <see cref="MaxSeries"/> for all metrics that would be
    /// 15 MB.
    /// </remarks>
    public const int MaxFixedSeries = 200;

    private const string Kestrel = "Microsoft.AspNetCore.Server.Kestrel";

    private const string Runtime = "System.Runtime";

    private static readonly string[] Names =
    [
        GatewayMetrics.MeterName, "Microsoft.AspNetCore.Hosting", Kestrel, "System.Net.Http", "System.Net.NameResolution", Runtime,
    ];

    /// <summary>Instruments of the gateway with series for each cluster or node.</summary>
    private static readonly FrozenSet<string> ByNode = FrozenSet.Create(
        StringComparer.Ordinal, "gateway.connections", "gateway.drain.remaining", "gateway.moves", "gateway.node.tcp_connections", "gateway.nodes",
        "gateway.private_connections", "gateway.probes", "gateway.redirects", "gateway.retries");

    /// <summary>Begins a provider that measures these meters, as far as they belong to one application.</summary>
    /// <remarks>
    /// Several gateways may run in one process, each with an <see cref="IMeterFactory"/> of its own, and their meters have the same names. A meter without
    /// a scope belongs to the process; all gateways in it measure that one.
    /// </remarks>
    /// <param name="application">The application whose meters are measured.</param>
    public static MeterProviderBuilder CreateProvider(IMeterFactory application) => Sdk.CreateMeterProviderBuilder()
        .AddMeter(Names)
        .AddView(instrument => instrument.Meter.Scope is { } scope && !ReferenceEquals(scope, application)
            ? MetricStreamConfiguration.Drop
            : new MetricStreamConfiguration { CardinalityLimit = MaxSeriesOf(instrument) });

    private static int MaxSeriesOf(Instrument instrument) => instrument.Meter.Name switch
    {
        Kestrel or Runtime => MaxFixedSeries,
        GatewayMetrics.MeterName when !ByNode.Contains(instrument.Name) => MaxFixedSeries,
        _ => MaxSeries,
    };
}
