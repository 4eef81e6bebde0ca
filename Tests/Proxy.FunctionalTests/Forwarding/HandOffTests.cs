using System.Security.Cryptography;
using System.Text;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Forwarding;

/// <summary>What a tunnel from socket to socket has to do itself: hold back, pass on ends and resets, and leave nothing behind.</summary>
public sealed class HandOffTests : FunctionalTestBed
{
    private const int Large = 32 * 1024 * 1024; // more than the kernel's own buffers on the way

    /// <summary>Memory is bounded because the sender is made to wait.</summary>
    [Fact]
    public async Task Client_ThatDoesNotRead_HoldsItsNodeBack()
    {
        var bytes = RandomNumberGenerator.GetBytes(Large);
        var sent = 0L;
        var node = StartScripted("a", async exchange =>
        {
            await exchange.AcceptWebSocketAsync();
            for (var at = 0; at < Large; at += 65_536)
            {
                await exchange.Connection.SendAsync(bytes.AsMemory(at, 65_536));
                Interlocked.Exchange(ref sent, at + 65_536);
            }

            exchange.Connection.EndSending();
            await exchange.Connection.ReadToEndAsync();
        });
        var (gateway, client) = await OpenAsync(node);
        await using var _ = client;

        await StandsStillAsync(() => Interlocked.Read(ref sent));
        Assert.InRange(Interlocked.Read(ref sent), 1, Large - 1);
        Assert.Equal(await HashAsync(bytes), await HashAsync(Encoding.Latin1.GetBytes(await client.ReadToEndAsync())));
        Assert.Equal(Large, (await ConnectionAsync(gateway)).BytesOut);
    }

    [Fact]
    public async Task Node_ThatDoesNotRead_HoldsItsClientBack()
    {
        var bytes = RandomNumberGenerator.GetBytes(Large);
        var mayRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var received = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var node = StartScripted("a", async exchange =>
        {
            await exchange.AcceptWebSocketAsync();
            await mayRead.Task;
            received.SetResult(await exchange.Connection.ReadToEndAsync());
        });
        var (_, client) = await OpenAsync(node);
        await using var _ = client;
        var sent = 0L;
        var sending = Task.Run(
            async () =>
            {
                for (var at = 0; at < Large; at += 65_536)
                {
                    await client.SendAsync(bytes.AsMemory(at, 65_536));
                    Interlocked.Exchange(ref sent, at + 65_536);
                }

                client.EndSending();
            },
            Cancel);

        await StandsStillAsync(() => Interlocked.Read(ref sent));
        Assert.False(sending.IsCompleted);
        mayRead.SetResult();
        var all = await Eventually.CompletesAsync(received.Task, TimeSpan.FromSeconds(60));
        await sending;

        Assert.Equal(await HashAsync(bytes), await HashAsync(Encoding.Latin1.GetBytes(all)));
    }

    [Fact]
    public async Task Client_ThatEndsItsDirection_GetsTheRestOfTheOther()
    {
        var node = StartScripted("a", static async exchange =>
        {
            await exchange.AcceptWebSocketAsync();
            await exchange.SendAsync("ready");
            await exchange.SendAsync("got " + await exchange.Connection.ReadToEndAsync());
        });
        var (_, client) = await OpenAsync(node);
        await using var _ = client;

        Assert.Equal("ready", await client.ReadAsync(5)); // the tunnel carries: an end that meets the handshake still counts as the client's leaving
        await client.SendAsync("question");
        client.EndSending();

        Assert.Equal("got question", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Client_ThatResets_IsResetAtItsNode()
    {
        var ended = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var node = StartScripted("a", async exchange =>
        {
            await exchange.AcceptWebSocketAsync();
            await exchange.SendAsync("ready");
            await exchange.Connection.ReadToEndAsync();
            ended.SetResult(exchange.Connection.WasReset);
        });
        var (gateway, client) = await OpenAsync(node);

        Assert.Equal("ready", await client.ReadAsync(5));
        client.Reset();

        Assert.True(await Eventually.CompletesAsync(ended.Task));
        await AllGoneAsync(gateway);
    }

    [Fact]
    public async Task Node_ThatResets_IsResetAtItsClient()
    {
        var node = StartScripted("a", static async exchange =>
        {
            await exchange.AcceptWebSocketAsync();
            await exchange.Connection.ReadAsync(4);
            exchange.Connection.Reset();
        });
        var (gateway, client) = await OpenAsync(node);
        await using var _ = client;

        await client.SendAsync("ping");

        Assert.Equal("", await client.ReadToEndAsync());
        Assert.True(client.WasReset);
        await AllGoneAsync(gateway);
    }

    /// <summary>A node that closes breaks the connection when more comes; the client still reads what it said.</summary>
    [Fact]
    public async Task Node_ThatClosesUnderFire_IsHeardToTheEnd()
    {
        var node = StartScripted("a", static async exchange =>
        {
            await exchange.AcceptWebSocketAsync();
            await exchange.Connection.ReadAsync(4);
            await exchange.SendAsync("\u0088\u0002\u0003\u00e8");
            await exchange.Connection.DisposeAsync();
        });
        var (gateway, client) = await OpenAsync(node);
        await using var _ = client;

        await client.SendAsync("ping");
        Assert.Equal("\u0088\u0002\u0003\u00e8", await client.ReadAsync(4));
        for (var i = 0; i < 20; i++)
        {
            await client.SendAsync("more"); // the node's kernel answers with a reset
        }

        client.EndSending();
        Assert.Equal("", await client.ReadToEndAsync());
        await AllGoneAsync(gateway);
    }

    [Fact]
    public async Task Client_ThatSendsBeforeTheAnswer_LosesNothing()
    {
        var node = StartScripted("a", static async exchange =>
        {
            await exchange.AcceptWebSocketAsync();
            await exchange.SendAsync(await exchange.Connection.ReadAsync(5));
        });
        var gateway = await StartGatewayAsync([node], "--Gateway:Tunnel=handoff");
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync(Handshake + "early");

        Assert.Equal(101, (await client.ReadResponseAsync()).Status);
        Assert.Equal("early", await client.ReadAsync(5));
    }

    [Theory]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello", 101, "hello")]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello",
        101, "hello")]
    [InlineData("HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nnot\r\n5\r\n here\r\n0\r\n\r\n", 403, "not here")]
    [InlineData("HTTP/1.1 403 No\r\n\r\nuntil the end", 403, "until the end")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nno colon\r\n\r\n", 502, null)]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nA : b\r\n\r\n", 502, null)]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nA: b\n c\r\n\r\n", 502, null)]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nA(b): c\r\n\r\n", 502, null)]
    [InlineData("HTTP/1.1 101 Switching\nProtocols\r\n\r\n", 502, null)]
    [InlineData("SSH-2.0-OpenSSH\r\n\r\n", 502, null)]
    [InlineData("", 502, null)]
    public async Task Answer_ByteByByte_IsReadAsItIsMeant(string answer, int status, string? body)
    {
        var node = StartScripted("a", async exchange =>
        {
            foreach (var octet in answer)
            {
                await exchange.SendAsync(octet.ToString());
            }

            exchange.Connection.EndSending();
            await exchange.Connection.ReadToEndAsync();
        });
        var gateway = await StartGatewayAsync([node], "--Gateway:Tunnel=handoff");
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync(Handshake);
        var response = await client.ReadResponseAsync();

        Assert.Equal(status, response.Status);
        if (body is not null)
        {
            Assert.Equal(body, status is 101 ? await client.ReadAsync(body.Length) : response.Body);
        }
    }

    [Fact]
    public async Task Answer_WithAnEndlessHead_Is502()
    {
        var node = StartScripted("a", static async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 101 Switching Protocols\r\n");
            while (true)
            {
                await exchange.SendAsync("A: " + new string('b', 1000) + "\r\n");
            }
        });
        var gateway = await StartGatewayAsync([node], "--Gateway:Tunnel=handoff");
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync(Handshake);

        Assert.Equal(502, (await client.ReadResponseAsync()).Status);
    }

    [Theory]
    [InlineData("auto", "handoff")]
    [InlineData("handoff", "handoff")]
    [InlineData("stream", "stream")]
    [InlineData("yarp", "yarp")]
    public async Task Tunnel_OfAConnection_IsShown(string configured, string expected)
    {
        var node = StartScripted("a", EchoAsync);
        var gateway = await StartGatewayAsync([node], "--Gateway:Tunnel=" + configured);
        await using var client = await OpenAsync(gateway);

        Assert.Equal(expected, (await ConnectionAsync(gateway)).Tunnel);
    }

    [Fact]
    public async Task Gateway_ThatStops_EndsItsTunnels()
    {
        var node = StartScripted("a", EchoAsync);
        var gateway = await StartGatewayAsync([node], "--Gateway:Tunnel=handoff", "--Gateway:Scale:ShutdownTimeout=00:00:01");
        await using var client = await OpenAsync(gateway);

        await gateway.StopAsync();

        // 1001, then the end: this client does not answer it
        Assert.EndsWith("\u0088\u0002\u0003\u00e9", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    private const string Handshake =
        "GET /chat HTTP/1.1\r\nHost: hub.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    private async Task<(TestGateway Gateway, RawConnection Client)> OpenAsync(ScriptedNode node)
    {
        var gateway = await StartGatewayAsync([node], "--Gateway:Tunnel=handoff");
        return (gateway, await OpenAsync(gateway));
    }

    private static async Task<RawConnection> OpenAsync(TestGateway gateway)
    {
        var client = await RawConnection.OpenAsync(gateway.Url);
        await client.SendAsync(Handshake);
        Assert.Equal(101, (await client.ReadResponseAsync()).Status);
        return client;
    }

    private static async Task EchoAsync(ScriptedExchange exchange)
    {
        await exchange.AcceptWebSocketAsync();
        while (await exchange.Connection.ReadAnyAsync() is { } bytes)
        {
            await exchange.SendAsync(bytes);
        }
    }

    private static async Task<(string? Tunnel, long BytesOut)> ConnectionAsync(TestGateway gateway)
    {
        var connections = (await gateway.Admin.GetAsync("/affinity/connections")).GetProperty("connections");
        var row = Assert.Single(connections.EnumerateArray());
        return (row.GetProperty("tunnel").GetString(), row.GetProperty("bytesOut").GetInt64());
    }

    private static Task AllGoneAsync(TestGateway gateway) =>
        Eventually.HoldsAsync(async () => (await gateway.Admin.GetAsync("/affinity/connections")).GetProperty("total").GetInt32() == 0);

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

    private static Task<string> HashAsync(byte[] bytes) => Task.Run(() => Convert.ToHexString(SHA256.HashData(bytes)));
}
