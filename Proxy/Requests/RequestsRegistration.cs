namespace Proxy.Requests;

internal static class RequestsRegistration
{
    /// <summary>Adds what reads a request.</summary>
    public static IReverseProxyBuilder AddRequests(this IReverseProxyBuilder builder)
    {
        builder.Services.AddSingleton<TrustedProxies>();
        return builder;
    }
}
