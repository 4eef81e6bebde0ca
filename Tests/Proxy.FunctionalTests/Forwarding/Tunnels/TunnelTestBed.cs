using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Proxy.FunctionalTests.Clusters;
using Tests.Common;
using Xunit;
using Yarp.ReverseProxy.Configuration;

namespace Proxy.FunctionalTests.Forwarding.Tunnels;

/// <summary>Base of tests of WebSockets to nodes, and from clients, of either version of HTTP.</summary>
public abstract class TunnelTestBed : NodesTestBed
{
    protected const string Key = "dGhlIHNhbXBsZSBub25jZQ=="; // RFC 6455, 1.3
    protected const string Accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    protected const string Handshake =
        "GET /chat HTTP/1.1\r\nHost: hub.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        + $"Sec-WebSocket-Key: {Key}\r\n\r\n";

    /// <summary>A hub node that speaks HTTP/2 alone.</summary>
    protected Task<TestNode> StartHttp2NodeAsync(string name) => StartNodeAsync(name, "--Kestrel:EndpointDefaults:Protocols=Http2");

    private protected async Task<TunnelNode> StartTunnelNodeAsync(string name, string protocol, RequestDelegate answer, Action<ListenOptions>? listen = null) =>
        Own(await TunnelNode.StartAsync(name, protocol is "http2" ? HttpProtocols.Http2 : HttpProtocols.Http1, answer, listen));

    private protected Task<TestGateway> StartGatewayAsync(string protocol, TunnelNode node, params string[] options) =>
        StartGatewayAsync(protocol, [(node.Name, node.Url)], ["--Gateway:Health:Probe=none", .. options]);

    /// <summary>A gateway in front of nodes of one version of HTTP; it trusts the certificate of any.</summary>
    private protected Task<TestGateway> StartGatewayAsync(string protocol, IEnumerable<(string Name, Uri Url)> nodes, params string[] options) =>
        StartGatewayAsync(
            [], static builder => builder.Services.AddSingleton<IProxyConfigFilter, TrustsAnyNode>(), [.. NodeOptions(protocol, nodes), .. options]);

    private protected static IEnumerable<string> NodeOptions(string protocol, IEnumerable<(string Name, Uri Url)> nodes) => nodes.SelectMany(
        node => new[]
        {
            $"--Gateway:Nodes:{node.Name}:Address={node.Url.GetLeftPart(UriPartial.Authority)}", $"--Gateway:Nodes:{node.Name}:Protocol={protocol}",
        });

    /// <summary>The command line of a gateway whose clients speak a version of HTTP.</summary>
    protected static string ListenFor(string clientProtocol) => "--Kestrel:EndpointDefaults:Protocols=" + (clientProtocol is "http2" ? "Http2" : "Http1");

    /// <summary>A WebSocket over a version of HTTP, not connected yet, and what connects it.</summary>
    private protected (ClientWebSocket Socket, Func<TestGateway, string, Task> ConnectAsync) CreateClient(string protocol)
    {
        var socket = new ClientWebSocket();
        socket.Options.HttpVersion = protocol is "http2" ? HttpVersion.Version20 : HttpVersion.Version11;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        socket.Options.CollectHttpResponseDetails = true;
        var invoker = Own(new OwnedInvoker()).Invoker;
        return (socket, (gateway, target) => socket.ConnectAsync(new Uri("ws" + new Uri(gateway.Url, target).AbsoluteUri[4..]), invoker, Cancel));
    }

    private protected async Task<ClientWebSocket> ConnectAsync(string protocol, TestGateway gateway, string target = "/chat")
    {
        var (socket, connectAsync) = CreateClient(protocol);
        await connectAsync(gateway, target);
        return socket;
    }

    /// <summary>A client of HTTP/1.1 that has sent the handshake and got a 101.</summary>
    private protected static async Task<RawConnection> OpenRawAsync(TestGateway gateway)
    {
        var client = await RawConnection.OpenAsync(gateway.Url);
        await client.SendAsync(Handshake);
        Assert.Equal(101, (await client.ReadResponseAsync()).Status);
        return client;
    }

    private protected static async Task<string> EchoAsync(WebSocket socket, string text)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, Cancel);
        return await ReceiveAsync(socket);
    }

    /// <summary>A whole message, or the status of a close frame.</summary>
    private protected static async Task<string> ReceiveAsync(WebSocket socket)
    {
        var message = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer, Cancel);
            if (received.MessageType is WebSocketMessageType.Close)
            {
                return $"closed {(int?)received.CloseStatus}";
            }

            message.Write(buffer, 0, received.Count);
            if (received.EndOfMessage)
            {
                return Encoding.UTF8.GetString(message.ToArray());
            }
        }
    }

    /// <summary>Sends each message back until the client closes.</summary>
    private protected static async Task EchoAsync(HttpContext context) => await EchoAsync(context, new WebSocketAcceptContext());

    private protected static async Task EchoAsync(HttpContext context, WebSocketAcceptContext accept)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync(accept);
        var buffer = new byte[16 * 1024];
        try
        {
            while (await socket.ReceiveAsync(buffer, context.RequestAborted) is { MessageType: not WebSocketMessageType.Close } received)
            {
                await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, context.RequestAborted);
            }

            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // The client has left.
        }
    }

    private protected static async Task<JsonElement> OnlyConnectionAsync(TestGateway gateway) =>
        Assert.Single((await gateway.Admin.GetAsync("/affinity/connections")).GetProperty("connections").EnumerateArray());

    private protected static Task AllGoneAsync(TestGateway gateway) =>
        Eventually.HoldsAsync(async () => (await gateway.Admin.GetAsync("/affinity/connections")).GetProperty("total").GetInt32() == 0);

    private sealed class OwnedInvoker : IAsyncDisposable
    {
        public HttpMessageInvoker Invoker { get; } = new(new SocketsHttpHandler());

        public ValueTask DisposeAsync()
        {
            Invoker.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class TrustsAnyNode : IProxyConfigFilter
    {
        public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel) =>
            new(cluster with { HttpClient = (cluster.HttpClient ?? HttpClientConfig.Empty) with { DangerousAcceptAnyServerCertificate = true } });

        public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel) => new(route);
    }
}
