namespace Proxy.Metrics;

internal static class MetricsRegistration
{
    /// <summary>Adds the instruments that count what happens.</summary>
    public static IReverseProxyBuilder AddGatewayMetrics(this IReverseProxyBuilder builder)
    {
        builder.Services.AddSingleton<GatewayMetrics>();
        return builder;
    }
}
