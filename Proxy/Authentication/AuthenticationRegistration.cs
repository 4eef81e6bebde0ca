namespace Proxy.Authentication;

internal static class AuthenticationRegistration
{
    /// <summary>Adds what keeps authentication that belongs to a connection on connections of one client.</summary>
    public static IReverseProxyBuilder AddConnectionAuthentication(this IReverseProxyBuilder builder)
    {
        builder.Services.AddSingleton<ConnectionAuthentication>();
        return builder;
    }
}
