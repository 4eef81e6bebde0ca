using System.Diagnostics.Metrics;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Proxy.Admin.Metrics;

/// <summary>Sends the metrics by OTLP when OpenTelemetry's own variables say where to. OpenTelemetry reads its other variables by itself.</summary>
internal sealed class OtlpExport(IMeterFactory meters) : IHostedService, IDisposable
{
    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private const string NameVariable = "OTEL_SERVICE_NAME";

    private MeterProvider? _provider;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(EndpointVariable)))
        {
            return Task.CompletedTask;
        }

        var builder = GatewayMeters.CreateProvider(meters);
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(NameVariable)))
        {
            builder.ConfigureResource(static resource => resource.AddService("sticky-signalr-gateway"));
        }

        _provider = builder.AddOtlpExporter().Build();
        return Task.CompletedTask;
    }

    // The flush blocks, and a host may be stopped on the very thread that takes the receiver's answer from its socket.
    public Task StopAsync(CancellationToken cancellationToken) => Task.Run(() => _provider?.ForceFlush(timeoutMilliseconds: 1000), CancellationToken.None);

    public void Dispose() => _provider?.Dispose();
}
