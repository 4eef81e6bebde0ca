using Proxy.Decisions;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Forwarding.Senders;

/// <summary>What YARP asks <see cref="IHttpForwarder"/> for, with what the gateway knows of the request.</summary>
internal readonly record struct ForwarderCall(
    HttpContext Context, RoutedRequest Routed, HttpMessageInvoker Client, ForwarderRequestConfig Config, HttpTransformer Transformer)
{
    /// <summary>Makes the response as if nothing had been tried, which YARP's forwarder insists on.</summary>
    public void ResetResponse()
    {
        Context.Response.Clear();
        Context.Features.Set<IForwarderErrorFeature>(null);
    }
}
