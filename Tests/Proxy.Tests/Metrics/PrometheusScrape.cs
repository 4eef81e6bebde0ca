using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Proxy.Admin.Metrics;
using Proxy.Metrics;

namespace Proxy.Tests.Metrics;

/// <summary>A meter of the gateway, and what <c>GET /metrics</c> answers about it. There is no server: the endpoint is called.</summary>
internal sealed class PrometheusScrape : IDisposable
{
    private readonly WebApplication _app = WebApplication.CreateSlimBuilder().Build();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly PrometheusExport _export;
    private readonly RequestDelegate _endpoint;

    public PrometheusScrape()
    {
        var factory = _services.GetRequiredService<IMeterFactory>();
        Meter = factory.Create(GatewayMetrics.MeterName);
        _export = new PrometheusExport(factory);
        _export.Start();
        _export.Map(_app);
        _endpoint = ((IEndpointRouteBuilder)_app).DataSources.SelectMany(source => source.Endpoints).Single().RequestDelegate!;
    }

    public Meter Meter { get; }

    /// <summary>Asks once.</summary>
    /// <returns>The lines about this meter's instruments; the meters of the process are left out.</returns>
    public async Task<string[]> ReadAsync(string? accept = null)
    {
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { RequestServices = _app.Services, Response = { Body = body } };
        context.Request.Headers.Accept = accept;
        await _endpoint(context);
        return
        [
            .. Encoding.UTF8.GetString(body.ToArray()).Split('\n').Where(line => line.Length > 0 && !line.Contains("dotnet_", StringComparison.Ordinal)),
        ];
    }

    public void Dispose()
    {
        _export.Dispose();
        _services.Dispose();
        ((IDisposable)_app).Dispose();
    }
}
