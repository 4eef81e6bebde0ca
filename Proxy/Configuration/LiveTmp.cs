namespace Proxy.Configuration;
internal sealed record LiveSnapshot(GatewayOptions Options, DateTimeOffset LoadedAt);
internal sealed record LiveError(DateTimeOffset At, IReadOnlyList<string> Messages);
internal sealed class LiveConfiguration(GatewayOptions options, DateTimeOffset at)
{
    public LiveSnapshot Current { get; } = new(options, at);
    public long Rejected { get; }
    public LiveError? LastError { get; }
}
internal static class LiveTmp
{
    public static void AddLiveConfiguration(this IServiceCollection s, IConfiguration c)
    {
        var r = GatewayOptionsReader.Read(c);
        if (r.Options is null) { throw new GatewayConfigurationException(r.Errors); }
        s.AddSingleton(p => new LiveConfiguration(r.Options, p.GetRequiredService<TimeProvider>().GetUtcNow()));
        var (routes, clusters) = GatewayRoutes.Map(r.Options);
        s.AddSingleton<Yarp.ReverseProxy.Configuration.IProxyConfigProvider>(new Yarp.ReverseProxy.Configuration.InMemoryConfigProvider(routes, clusters));
    }
}
