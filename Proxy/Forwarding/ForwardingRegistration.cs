using Microsoft.Extensions.DependencyInjection.Extensions;
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
        services.AddSingleton<Elsewhere>();
        services.AddSingleton<ResponseSteps>();
        services.AddSingleton<NegotiateBinder>();
        services.AddSingleton<RequestFollower>();

        services.AddSingleton<TunnelRegistry>();
        services.AddHostedService(static provider => provider.GetRequiredService<TunnelRegistry>());
        services.AddSingleton<HandOffEnds>();
        services.AddSingleton<WebSocketSender>();

        services.Replace(ServiceDescriptor.Singleton<IForwarderHttpClientFactory, StickyHttpClientFactory>());
        DecorateForwarder(services);

        // At Information YARP's forwarder writes the URL of each request, with its tokens. At Warning it repeats the faults that the gateway logs, and adds each client
        // that resets its connection.
        services.AddSingleton(new LogRule("Yarp.ReverseProxy.Forwarder.HttpForwarder", LogLevel.Error, IsFixed: true));
        return builder.AddTransforms<StickyTransforms>();
    }

    private static void DecorateForwarder(IServiceCollection services)
    {
        var inner = services.Last(descriptor => descriptor.ServiceType == typeof(IHttpForwarder)).ImplementationType
            ?? throw new InvalidOperationException("AddStickySignalR has to follow AddReverseProxy.");
        services.Replace(ServiceDescriptor.Singleton<IHttpForwarder>(provider =>
            ActivatorUtilities.CreateInstance<StickyForwarder>(provider, (IHttpForwarder)ActivatorUtilities.CreateInstance(provider, inner))));
    }
}
