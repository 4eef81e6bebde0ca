namespace Proxy.Configuration;

internal static class ConfigurationRegistration
{
    /// <summary>Adds the configuration in use.</summary>
    /// <param name="builder">YARP's builder.</param>
    /// <param name="configuration">The root that holds the <c>Gateway</c> section.</param>
    /// <param name="needsNodes">Whether there must be nodes in it.</param>
    /// <param name="accepted">What YARP reads its own section from, if it does.</param>
    public static IReverseProxyBuilder AddConfiguration(
        this IReverseProxyBuilder builder, IConfiguration configuration, bool needsNodes, AcceptedConfiguration accepted)
    {
        builder.Services.AddSingleton(provider => new LiveConfiguration(
            configuration,
            provider.GetRequiredService<IRouterNames>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<LiveConfiguration>>(),
            needsNodes,
            accepted));
        return builder;
    }
}
