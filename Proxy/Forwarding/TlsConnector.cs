using System.Security.Authentication;
using Proxy.Nodes.Tls;

namespace Proxy.Forwarding;

/// <summary>Secures HttpClient's connections to <c>https</c> nodes.</summary>
/// <remarks>
/// HttpClient would take the name of a node for TLS from the request's Host, which is the client's: the name of the gateway, where the node's certificate has
/// the node's. And its certificate check cannot tell which node was meant.
/// </remarks>
/// <param name="profile">How TLS is spoken.</param>
/// <param name="protocols">Versions of TLS; none: the system's.</param>
/// <param name="connect">Opens the connection that is secured.</param>
/// <param name="usesProxy">There may be a web proxy on the way.</param>
internal sealed class TlsConnector(
    TlsProfile profile, SslProtocols protocols, Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> connect, bool usesProxy)
{
    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var connection = await connect(context, cancellationToken);
        return IsSecure(context)
            ? await NodeTlsStream.ConnectAsync(
                connection, profile, context.DnsEndPoint.Host, protocols, context.InitialRequestMessage, cancellationToken)
            : connection;
    }

    // A connection to a web proxy is not one to the node: HttpClient asks the proxy for that, and secures it by itself.
    private bool IsSecure(SocketsHttpConnectionContext context) =>
        context.InitialRequestMessage.RequestUri is { Scheme: "https" or "wss" } target
        && (!usesProxy || (target.Port == context.DnsEndPoint.Port
            && string.Equals(target.IdnHost, context.DnsEndPoint.Host, StringComparison.OrdinalIgnoreCase)));
}
