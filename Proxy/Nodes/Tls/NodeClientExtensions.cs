namespace Proxy.Nodes.Tls;

internal static class NodeClientExtensions
{
    /// <summary>The client for requests to a node, given the client of its cluster. An application may have put its own client in the gateway's place, which is
    /// used as it is then.</summary>
    public static HttpMessageInvoker For(this HttpMessageInvoker cluster, GatewayNode node) => cluster is NodeClients clients ? clients.For(node) : cluster;
}
