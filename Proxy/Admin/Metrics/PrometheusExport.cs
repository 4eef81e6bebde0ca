using System.Diagnostics.Metrics;
using Microsoft.Extensions.Primitives;
using OpenTelemetry.Metrics;

namespace Proxy.Admin.Metrics;

/// <summary>Answers <c>GET /metrics</c> in Prometheus's text format.</summary>
/// <remarks>
/// Its provider is not the one of <see cref="OtlpExport"/>: two exporters of one provider share what was observed, and a removed node would be shown in one
/// more answer after each export.
/// </remarks>
internal sealed class PrometheusExport(IMeterFactory meters) : IDisposable
{
    private MeterProvider? _provider;

    /// <summary>Begins to measure; nothing is counted before.</summary>
    public void Start() => _provider = GatewayMeters.CreateProvider(meters).AddPrometheusExporter(static options =>
    {
        // Names and labels are public, and were fixed before OpenTelemetry's exporter was used.
        options.ScopeInfoEnabled = false;
        options.TargetInfoEnabled = false;
        options.ScrapeResponseCacheDurationMilliseconds = 0;
    }).Build();

    /// <summary>Adds the route. <see cref="Start"/> comes first.</summary>
    public void Map(IEndpointRouteBuilder routes) => routes
        .MapPrometheusScrapingEndpoint("/metrics", _provider, static branch => branch.Use(AskForText), optionsName: null)
        .WithMetadata(new HttpMethodMetadata([HttpMethods.Get]));

    public void Dispose() => _provider?.Dispose();

    // Prometheus prefers OpenMetrics, in which every counter and histogram has one more series (_created), and the label le another form ("1.0" for "1").
    private static Task AskForText(HttpContext context, RequestDelegate next)
    {
        context.Request.Headers.Accept = StringValues.Empty;
        return next(context);
    }
}
