using System.Net.WebSockets;
using Proxy.Configuration;
using Proxy.Nodes;

namespace Proxy.Clusters.Probes;

/// <summary>The header fields of a probe: Host, what it calls itself, and what <c>Gateway:Health:Headers</c> adds or puts in its place.</summary>
internal static class ProbeFields
{
    private const string UserAgentName = "User-Agent";
    private const string UserAgent = "sticky-signalr-gateway/health";

    public static void Write(GatewayNode node, HealthOptions options, HttpRequestMessage request)
    {
        if (HostOf(node, options) is { } host)
        {
            request.Headers.Host = host;
        }

        if (!options.Headers.ContainsKey(UserAgentName))
        {
            request.Headers.TryAddWithoutValidation(UserAgentName, UserAgent);
        }

        request.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        foreach (var (name, value) in options.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
    }

    public static void Write(GatewayNode node, HealthOptions options, ClientWebSocketOptions handshake)
    {
        if (HostOf(node, options) is { } host)
        {
            handshake.SetRequestHeader("Host", host);
        }

        handshake.SetRequestHeader(UserAgentName, UserAgent); // one of the same name takes its place
        foreach (var (name, value) in options.Headers)
        {
            handshake.SetRequestHeader(name, value);
        }
    }

    // A destination's Host is what YARP's own requests and probes use, where it is given.
    private static string? HostOf(GatewayNode node, HealthOptions options) =>
        options.Host ?? (node.Destination.Model.Config.Host is { Length: > 0 } host ? host : null);
}
