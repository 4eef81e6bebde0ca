using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Connections;
using Proxy.FunctionalTests.Clusters;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Forwarding.Tunnels;

/// <summary>Nodes with <c>Protocol: http2</c>: what the gateway may do with a WebSocket to them is what it does with any other.</summary>
public sealed class Http2NodeTests : TunnelTestBed
{
    private const int Large = 32 * 1024 * 1024; // more than the kernel's buffers and HTTP/2's windows on the way

    [Theory]
    [InlineData("cut")]
    [InlineData("wait-then-close")]
    public async Task Drain_ThatCloses_MovesClientsWithoutAnError(string mode)
    {
        var gateway = await StartHubsAsync(["a", "b"]);
        var clients = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => StartMovingAsync(gateway, HttpTransportType.WebSockets)));
        var callers = await Task.WhenAll(clients.Select(client => client.WhoAmIAsync(Cancel)));
        var drained = callers[0].Node;
        var moved = clients.Where((_, i) => callers[i].Node == drained).ToArray();

        await gateway.Admin.DrainAsync(drained, new { mode, timeout = "00:00:00", rate = 1000 });

        await Eventually.HoldsAsync(() => moved.All(static client => client.Events.Contains("reconnected")));
        Assert.All(moved, static client => Assert.Equal(["reconnecting", "reconnected"], client.Events));
        Assert.All(clients.Except(moved), static client => Assert.Empty(client.Events));
        var callersNow = await Task.WhenAll(clients.Select(client => client.WhoAmIAsync(Cancel)));
        Assert.All(callersNow, caller => Assert.Equal(drained == "a" ? "b" : "a", caller.Node));
        AtGateway.AssertNoAffinityErrors();
    }

    [Fact]
    public async Task Drain_ThatWaits_LeavesClientsWhereTheyAre()
    {
        var gateway = await StartHubsAsync(["a"]);
        var clients = await StartLightAsync(gateway, 5);

        await gateway.Admin.DrainAsync("a", new { mode = "wait", timeout = "00:10:00" });
        var echoes = await Task.WhenAll(clients.Select(static client => client.EchoAsync("x", Cancel)));

        Assert.All(echoes, static echo => Assert.Equal("x", echo));
        Assert.All(clients, static client => Assert.Empty(client.Ends));
    }

    [Fact]
    public async Task Rebalance_AfterANodeHasCome_EvensThemOut()
    {
        var time = new ManualTimeProvider();
        TestNode[] nodes = [await StartHttp2NodeAsync("a"), await StartHttp2NodeAsync("b")];
        var settings = new LiveSettings(protocol: "http2", nodes[0]);
        var gateway = await StartLiveGatewayAsync(
            settings,
            time,
            ["--Gateway:Scale:Rebalance:Rate=20", "--Gateway:Router=least-connections", "--Gateway:Health:Probe=none", .. QuickStaging]);
        var clients = await StartLightAsync(gateway, 20);
        time.Advance(TimeSpan.FromSeconds(11));

        settings.Replace(nodes);

        await AdvanceUntilAsync(
            time,
            TimeSpan.FromMilliseconds(250),
            () => Task.FromResult(clients.Count(static client => client.Node == "b") is 9 or 10 && clients.All(static client => client.Node is not null)),
            "b has its half");
        Assert.All(clients, static client => Assert.All(client.Ends, static end => Assert.Equal("reconnect 1000", end)));
        Assert.All(clients, static client => Assert.Empty(client.Refusals));
    }

    [Fact]
    public async Task Stop_OfTheGateway_ClosesEachProperly()
    {
        var gateway = await StartHubsAsync(["a"], "--Gateway:Scale:ShutdownTimeout=00:00:10");
        var clients = await StartLightAsync(gateway, 10);
        await Task.WhenAll(clients.Select(static client => client.EchoAsync("hello", Cancel))); // before the handshake of the hub no message can be put in

        await gateway.StopAsync();

        await Eventually.HoldsAsync(() => clients.All(static client => client.Ends.Count > 0));
        Assert.All(clients, static client => Assert.Equal("reconnect 1000", client.Ends.First()));
    }

    [Fact]
    public async Task Silence_LongerThanTheLimit_EndsItAtBothSides()
    {
        var ended = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var node = await StartTunnelNodeAsync("a", "http2", async context =>
        {
            await EchoAsync(context);
            ended.SetResult(true);
        });
        var gateway = await StartGatewayAsync("http2", node, "--Gateway:Timeouts:WebSocket=00:00:01");
        await using var client = await OpenRawAsync(gateway);

        Assert.Equal("", await client.ReadToEndAsync());
        Assert.True(client.WasReset);
        await Eventually.CompletesAsync(ended.Task);
    }

    /// <summary>The last thing that a client says counts, also when it leaves with it.</summary>
    [Fact]
    public async Task Client_ThatLeavesWithAMessage_IsHeardToTheEnd()
    {
        var heard = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var mayRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var node = await StartTunnelNodeAsync("a", "http2", async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await socket.SendAsync("ready"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Cancel);
            await mayRead.Task;
            heard.SetResult(await ReceiveAsync(socket) + await ReceiveAsync(socket));
        });
        var gateway = await StartLiveGatewayAsync(
            new LiveSettings(Array.Empty<TestNode>()),
            new ManualTimeProvider(), // the node has a second of it
            ["--Gateway:Health:Probe=none", .. NodeOptions("http2", [("a", node.Url)])]);
        await using var client = await OpenRawAsync(gateway);
        Assert.Equal("\u0081\u0005ready", await client.ReadAsync(7));

        await client.SendAsync("\u0081\u0084\0\0\0\0last\u0088\u0082\0\0\0\0\u0003\u00e8");
        client.EndSending();
        await Eventually.HoldsAsync(async () => (await OnlyConnectionAsync(gateway)).GetProperty("bytesIn").GetInt64() == 18);
        mayRead.SetResult();

        Assert.Equal("lastclosed 1000", await Eventually.CompletesAsync(heard.Task));
        Assert.Equal("", await client.ReadToEndAsync()); // as soon as the node has ended
    }

    /// <summary>Both are streams of one TCP connection to the node.</summary>
    [Fact]
    public async Task Client_ThatDoesNotRead_HoldsItsNodeBackAndNobodyElse()
    {
        var bytes = RandomNumberGenerator.GetBytes(Large);
        var sent = 0L;
        var node = await StartTunnelNodeAsync("a", "http2", async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            if (await ReceiveAsync(socket) is not "all")
            {
                await EchoAsync(socket);
                return;
            }

            for (var at = 0; at < Large; at += 65_536)
            {
                await socket.SendAsync(bytes.AsMemory(at, 65_536), WebSocketMessageType.Binary, endOfMessage: at + 65_536 == Large, Cancel);
                Interlocked.Exchange(ref sent, at + 65_536);
            }

            await ReceiveAsync(socket);
        });
        var gateway = await StartGatewayAsync("http2", node);
        using var slow = await ConnectAsync("http1", gateway);
        using var quick = await ConnectAsync("http1", gateway);
        await slow.SendAsync("all"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Cancel);
        await quick.SendAsync("echo"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Cancel);

        await StandsStillAsync(() => Interlocked.Read(ref sent));
        Assert.InRange(Interlocked.Read(ref sent), 1, Large - 1);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal($"{i}", await EchoAsync(quick, $"{i}"));
        }

        var received = new MemoryStream();
        var buffer = new byte[65_536];
        while (received.Length < Large)
        {
            received.Write(buffer, 0, (await slow.ReceiveAsync(buffer, Cancel)).Count);
        }

        Assert.Equal(SHA256.HashData(bytes), SHA256.HashData(received.ToArray()));
        Assert.Equal(1, await TcpConnectionsAsync(gateway, "a"));
    }

    [Fact]
    public async Task Node_ThatDoesNotRead_HoldsItsClientBackAndNobodyElse()
    {
        var mayRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var node = await StartTunnelNodeAsync("a", "http2", async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            if (await ReceiveAsync(socket) is "slow")
            {
                await mayRead.Task;
            }

            await EchoAsync(socket);
        });
        var gateway = await StartGatewayAsync("http2", node);
        using var slow = await ConnectAsync("http1", gateway);
        using var quick = await ConnectAsync("http1", gateway);
        await slow.SendAsync("slow"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Cancel);
        await quick.SendAsync("quick"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Cancel);
        var sent = 0L;
        var sending = Task.Run(
            async () =>
            {
                for (var at = 0; at < Large; at += 65_536)
                {
                    await slow.SendAsync(new byte[65_536], WebSocketMessageType.Binary, endOfMessage: at + 65_536 == Large, Cancel);
                    Interlocked.Exchange(ref sent, at + 65_536);
                }
            },
            Cancel);

        await StandsStillAsync(() => Interlocked.Read(ref sent));
        Assert.False(sending.IsCompleted);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal($"{i}", await EchoAsync(quick, $"{i}"));
        }

        mayRead.SetResult();
        Assert.Equal(Large, (await ReceiveAsync(slow)).Length);
        await sending;
    }

    /// <summary>Kestrel takes a hundred streams on a connection, so the next one is another connection's.</summary>
    [Fact]
    public async Task ManyClients_ShareAFewConnectionsToTheNode()
    {
        const int Clients = 250;
        var gateway = await StartHubsAsync(["a"]);

        var clients = await StartLightAsync(gateway, Clients);

        var echoes = await Task.WhenAll(clients.Select(static (client, i) => client.EchoAsync($"{i}", Cancel)));
        Assert.Equal(Enumerable.Range(0, Clients).Select(static i => $"{i}"), echoes);
        Assert.All(clients, static client => Assert.Empty(client.Refusals));
        var node = (await gateway.Admin.NodeAsync("a"))!.Value;
        Assert.Equal(Clients, node.GetProperty("connections").GetProperty("webSockets").GetInt32());
        Assert.InRange(node.GetProperty("tcpConnections").GetInt32(), 3, 6);
    }

    [Theory]
    [InlineData("http1")]
    [InlineData("http2")]
    public async Task Tunnel_IsShown(string node)
    {
        var gateway = await StartGatewayAsync(node, await StartTunnelNodeAsync("a", node, EchoAsync), "--Gateway:Tunnel=auto");
        using var client = await ConnectAsync("http1", gateway);

        Assert.Equal(node is "http1" ? "handoff" : "stream", (await OnlyConnectionAsync(gateway)).GetProperty("tunnel").GetString());
    }

    [Fact]
    public async Task Tunnel_OfYarp_IsAsItWas()
    {
        var gateway = await StartGatewayAsync("http2", await StartTunnelNodeAsync("a", "http2", EchoAsync), "--Gateway:Tunnel=yarp");
        using var client = await ConnectAsync("http1", gateway);

        Assert.Equal("hello", await EchoAsync(client, "hello"));
        var connection = await OnlyConnectionAsync(gateway);
        Assert.Equal(("yarp", 0), (connection.GetProperty("tunnel").GetString(), connection.GetProperty("bytesIn").GetInt64()));
    }

    private async Task<TestGateway> StartHubsAsync(string[] names, params string[] options)
    {
        var nodes = await Task.WhenAll(names.Select(StartHttp2NodeAsync));
        return await StartGatewayAsync("http2", nodes.Select(static node => (node.Name, node.Url)), options);
    }

    private static async Task EchoAsync(WebSocket socket)
    {
        while (await ReceiveAsync(socket) is var message && !message.StartsWith("closed", StringComparison.Ordinal))
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, Cancel);
        }
    }

    private static async Task<int> TcpConnectionsAsync(TestGateway gateway, string node) =>
        (await gateway.Admin.NodeAsync(node))!.Value.GetProperty("tcpConnections").GetInt32();

    // A sender that is held back stops: its count is the same again and again.
    private static async Task StandsStillAsync(Func<long> count)
    {
        var (last, same) = (0L, 0);
        await Eventually.HoldsAsync(() =>
        {
            var now = count();
            (same, last) = (now == last && now > 0 ? same + 1 : 0, now);
            return same == 10;
        });
    }
}
