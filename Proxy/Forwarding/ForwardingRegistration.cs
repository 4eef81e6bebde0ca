using Microsoft.Extensions.DependencyInjection.Extensions;
using Proxy.Forwarding.Senders;
using Proxy.Forwarding.Tunnels;
using Proxy.Hosting;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Forwarding;

internal static class ForwardingRegistration
{
    /// <summary>Adds what sends a request to its node, and what handles the answer.</summary>
    /// <exception cref="InvalidOperationException">There is no YARP yet: <c>AddReverseProxy</c> comes first.</exception>
    public static IReverseProxyBuilder AddForwarding(this IReverseProxyBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<RedirectSender>();
        services.AddSingleton<RetryingSender>();
        services.AddSingleton<PollSender>();
        services.AddSingleton<EventStreamSender>();
        services.AddSingleton<SingleSender>();
        services.AddSingleton<NodeSender>();
        services.AddSingleton<FailureResponse>();
        services.AddSingleton<NextNodeSelector>();
        services.AddSingleton<ResponseSteps>();
        services.AddSingleton<AnswerMarks>();
        services.AddSingleton<NegotiateBinder>();
        services.AddSingleton<RequestFollower>();

        services.AddSingleton<UpgradeLimit>();
        services.AddSingleton<TunnelRegistry>();
        services.AddHostedService(static provider => provider.GetRequiredService<TunnelRegistry>());
        services.AddSingleton<TunnelCompletion>();
        services.AddSingleton<HandOffCarrier>();
        services.AddSingleton<StreamCarrier>();
        services.AddSingleton<WebSocketSender>();

        services.AddSingleton<NodeConnector>();
        services.Replace(ServiceDescriptor.Singleton<IForwarderHttpClientFactory, StickyHttpClientFactory>());
        DecorateForwarder(services);

        // At Information YARP's forwarder writes the URL of each request, with its tokens. At Warning it repeats the faults that the gateway logs, and
        // quotes what it cannot read of a node's answer, cookies included.
        services.AddSingleton(new LogRule("Yarp.ReverseProxy.Forwarder.HttpForwarder", LogLevel.Error, IsFixed: true));
        return builder.AddTransforms<StickyTransforms>();
    }

    private static void DecorateForwarder(IServiceCollection services)
    {
        var inner = services.Last(descriptor => descriptor.ServiceType == typeof(IHttpForwarder)).ImplementationType
            ?? throw new InvalidOperationException("AddStickySignalR has to follow AddReverseProxy.");
        services.AddKeyedSingleton(typeof(IHttpForwarder), NodeSender.Forwarder, inner);
        services.Replace(ServiceDescriptor.Singleton<IHttpForwarder, StickyForwarder>());
    }
}
