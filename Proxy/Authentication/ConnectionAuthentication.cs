using Microsoft.Extensions.Primitives;
using Proxy.Metrics;
using Proxy.Nodes;
using Proxy.Nodes.Tls;
using Proxy.Outcomes;
using Proxy.Requests;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Authentication;

/// <summary>Keeps authentication that belongs to a connection (<see cref="ConnectionSchemes"/>) on connections of one client.</summary>
/// <remarks>
/// A node that logs in a connection answers whatever comes on it as that user. So a client connection gets a connection of its own to a node as soon as the
/// node has asked for such a scheme, or the client has sent credentials of one; everything of the client connection to the node goes over it from then on.
/// The connection on which the node has asked is not logged in, and stays where it was.
/// </remarks>
internal sealed partial class ConnectionAuthentication(
    IForwarderHttpClientFactory clients, GatewayMetrics metrics, ILogger<ConnectionAuthentication> logger)
{
    /// <summary>The client's protocol carries requests of several users over one connection, or could.</summary>
    private static readonly Refusal ClientNeedsHttp11 = Refusal.Of(RoutingOutcome.ConnectionBasedAuth);

    private static readonly Refusal NodeNeedsHttp11 = new(RoutingOutcome.ConnectionBasedAuth) { Status = StatusCodes.Status502BadGateway };

    /// <summary>The connection that a request has to take, or <see langword="null"/> when it may take any.</summary>
    /// <param name="context">The request.</param>
    /// <param name="request">What was read off it.</param>
    /// <param name="node">Where it goes.</param>
    /// <param name="settings">How the node is spoken to; changed to HTTP/1.1 for a private connection.</param>
    /// <param name="refusal">Set when the request must not be sent.</param>
    public PrivateConnection? Find(
        HttpContext context, in RequestInfo request, GatewayNode node, ref ForwarderRequestConfig settings, out Refusal? refusal)
    {
        refusal = null;
        var found = PrivateConnections.Of(context)?.Use(node.State);
        if (found is null && !request.HasConnectionCredentials)
        {
            return null;
        }

        if (PrivateConnection.ToHttp11(settings) is not { } http11)
        {
            refusal = request.HasConnectionCredentials ? NodeNeedsHttp11 : null;
            return null;
        }

        found ??= Open(context, node);
        if (found is null)
        {
            refusal = ClientNeedsHttp11;
            return null;
        }

        settings = http11;
        return found;
    }

    /// <summary>Takes in the challenges of a node's answer 401 before the client sees them.</summary>
    /// <remarks>Where a scheme cannot work it is taken out, so that the client chooses among the others.</remarks>
    /// <param name="context">The request, with the node's fields in its response.</param>
    /// <param name="node">Who has answered.</param>
    /// <param name="settings">How the node is spoken to.</param>
    /// <returns>What is answered instead because no scheme is left, or <see langword="null"/>.</returns>
    public Refusal? TakeChallenges(HttpContext context, GatewayNode node, ForwarderRequestConfig settings)
    {
        var challenges = context.Response.Headers.WWWAuthenticate;
        if (!ConnectionSchemes.Any(challenges))
        {
            return null;
        }

        var isPossible = PrivateConnection.ToHttp11(settings) is not null;
        if (isPossible && Open(context, node) is not null)
        {
            return null;
        }

        var others = ConnectionSchemes.Without(challenges);
        if (StringValues.IsNullOrEmpty(others))
        {
            return isPossible || PrivateConnections.IsMultiplexed(context) ? ClientNeedsHttp11 : NodeNeedsHttp11;
        }

        context.Response.Headers.WWWAuthenticate = others;
        return null;
    }

    private PrivateConnection? Open(HttpContext context, GatewayNode node)
    {
        if (!PrivateConnections.TryOpen(context, out var all, out var isTaken))
        {
            return null;
        }

        if (isTaken)
        {
            Log.ConnectionShared(logger, context.Connection.Id);
        }

        if (all.Use(node.State) is { } found)
        {
            return found;
        }

        // The tags are those of the opening, also when the node has another name by the end.
        var (cluster, name) = (node.State.ClusterId, node.Name);
        var connection = new PrivateConnection(node.State, Transport(context, node), () => metrics.PrivateConnections(-1, cluster, name));
        metrics.PrivateConnections(1, cluster, name);
        Log.PrivateConnectionOpened(logger, context.Connection.Id, name);
        all.Add(connection);
        return connection;
    }

    // The transport is that of the node, with its TLS, and with the sockets and time limits of its cluster.
    private Func<HttpMessageInvoker> Transport(HttpContext context, GatewayNode node)
    {
        var cluster = context.GetReverseProxyFeature().Cluster.Config;
        var client = new ForwarderHttpClientContext
        {
            ClusterId = cluster.ClusterId,
            NewConfig = (cluster.HttpClient ?? new()) with { MaxConnectionsPerServer = 1 },
            NewMetadata = new Dictionary<string, string>(cluster.Metadata ?? new Dictionary<string, string>(), StringComparer.OrdinalIgnoreCase)
            {
                [PrivateConnection.MetadataKey] = "",
            },
        };
        return () => clients.CreateClient(client).For(node);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Client connection {ClientConnection} has a connection of its own to node '{NodeName}' from now on, because it is "
            + "authenticated by its connection.", EventName = "PrivateConnectionOpened")]
        public static partial void PrivateConnectionOpened(ILogger logger, string clientConnection, string nodeName);

        [LoggerMessage(2, LogLevel.Warning, "A proxy in front of the gateway sends requests of several clients over connection {ClientConnection}, by which "
            + "one of them is authenticated; that one has to authenticate anew. The proxy must not share connections among clients.",
            EventName = "ConnectionShared")]
        public static partial void ConnectionShared(ILogger logger, string clientConnection);
    }
}
