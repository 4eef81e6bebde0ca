using Proxy.Hosting;
using Yarp.ReverseProxy.SessionAffinity;

namespace Proxy.Decisions;

internal static class DecisionsRegistration
{
    /// <summary>Adds the door by which YARP's requests come in, and what is written down of each.</summary>
    public static IReverseProxyBuilder AddDecisions(this IReverseProxyBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<ISessionAffinityPolicy, StickyAffinityPolicy>();
        services.AddSingleton<IAffinityFailurePolicy, RefusalPolicy>();
        services.AddSingleton<Refusals>();
        services.AddSingleton<CorsMemory>();
        services.AddSingleton<OwnerProbe>();

        services.AddSingleton<DecisionRecorder>();
        services.AddSingleton<DecisionLog>();
        services.AddSingleton<OutcomeCounters>();
        services.AddSingleton<AccessLog>();

        // The access log is for those who name its category: a default level of Information must not bring a line for each request.
        services.AddSingleton(new LogRule(AccessLog.Category, LogLevel.Warning, IsFixed: false));

        // YARP warns of every refusal.
        services.AddSingleton(new LogRule("Yarp.ReverseProxy.SessionAffinity", LogLevel.Error, IsFixed: false));
        return builder;
    }
}
