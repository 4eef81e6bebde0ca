using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Forwarding.Tunnels;

/// <summary>What ends a WebSocket over HTTP/2 (RFC 9113, RFC 8441), and what only its connection.</summary>
public sealed class Http2FrameTests : TunnelTestBed
{
    private const int InternalError = 2;
    private const int RefusedStream = 7;
    private const int Canceled = 8;

    [Fact]
    public async Task Client_ThatEnds_EndsTheStreamBehindItsLastBytes()
    {
        var frames = new TaskCompletionSource<List<string>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var gateway = await StartFrameGatewayAsync(async node =>
        {
            await OpenAsync(node);
            frames.SetResult(await ReadToResetAsync(node));
        });
        await using var client = await OpenRawAsync(gateway);
        Assert.Equal("ready", await client.ReadAsync(5));

        await client.SendAsync("last");
        client.EndSending();

        // Then a reset: nothing that the node says can reach the client any more.
        Assert.Equal(["last", "end", $"reset {Canceled}"], await Eventually.CompletesAsync(frames.Task));
        Assert.Equal("", await client.ReadToEndAsync());
        await AllGoneAsync(gateway);
    }

    [Fact]
    public async Task Client_ThatResets_IsResetAtItsNode()
    {
        var frames = new TaskCompletionSource<List<string>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var gateway = await StartFrameGatewayAsync(async node =>
        {
            await OpenAsync(node);
            frames.SetResult(await ReadToResetAsync(node));
        });
        var client = await OpenRawAsync(gateway);
        Assert.Equal("ready", await client.ReadAsync(5));

        client.Reset();

        Assert.Equal($"reset {Canceled}", (await Eventually.CompletesAsync(frames.Task))[^1]);
        await AllGoneAsync(gateway);
    }

    [Fact]
    public async Task Node_ThatEndsTheStream_EndsAtTheClientBehindItsLastBytes()
    {
        var gateway = await StartFrameGatewayAsync(static async node =>
        {
            var id = await OpenAsync(node);
            await node.SendDataAsync(id, "last", FrameConnection.EndStream);
            await ReadToEndAsync(node);
        });
        await using var client = await OpenRawAsync(gateway);

        Assert.Equal("readylast", await client.ReadToEndAsync());
        Assert.False(client.WasReset);
        await AllGoneAsync(gateway);
    }

    [Theory]
    [InlineData(InternalError)]
    [InlineData(Canceled)]
    [InlineData(RefusedStream)] // after the answer it is a reset like any other
    public async Task Node_ThatResetsTheStream_IsResetAtItsClient(int error)
    {
        var gateway = await StartFrameGatewayAsync(async node =>
        {
            var id = await OpenAsync(node);
            await node.ReadAsync();
            await node.SendResetAsync(id, error);
            await ReadToEndAsync(node);
        });
        await using var client = await OpenRawAsync(gateway);
        Assert.Equal("ready", await client.ReadAsync(5));

        await client.SendAsync("ping");

        Assert.Equal("", await client.ReadToEndAsync());
        Assert.True(client.WasReset);
        await AllGoneAsync(gateway);
    }

    [Fact]
    public async Task Node_WhoseConnectionBreaks_IsResetAtEachOfItsClients()
    {
        var gateway = await StartFrameGatewayAsync(static async node =>
        {
            var first = await OpenAsync(node);
            await OpenNextAsync(node);
            await node.ReadAsync();
            Assert.Equal(1, first);
        });
        await using var one = await OpenRawAsync(gateway);
        await using var two = await OpenRawAsync(gateway);
        Assert.Equal("readyready", await one.ReadAsync(5) + await two.ReadAsync(5));

        await one.SendAsync("ping");

        Assert.Equal("", await one.ReadToEndAsync() + await two.ReadToEndAsync());
        Assert.True(one.WasReset && two.WasReset);
        await AllGoneAsync(gateway);
    }

    /// <summary>A stream that was refused, or is above the last one of a GOAWAY, was not looked at: it is asked for once more.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Handshake_ThatTheNodeHasNotLookedAt_IsSentAgain(bool isGoAway)
    {
        var refused = 0;
        var gateway = await StartFrameGatewayAsync(
            async node =>
            {
                await node.BeginAsync();
                var id = await node.ReadRequestAsync();
                if (Interlocked.Exchange(ref refused, 1) == 0)
                {
                    await (isGoAway ? node.SendGoAwayAsync(0) : node.SendResetAsync(id, RefusedStream));
                    if (isGoAway)
                    {
                        await ReadToEndAsync(node);
                        return;
                    }

                    id = await node.ReadRequestAsync();
                }

                await node.AcceptAsync(id);
                await node.SendDataAsync(id, "ready");
                await ReadToEndAsync(node);
            });

        await using var client = await OpenRawAsync(gateway);

        Assert.Equal("ready", await client.ReadAsync(5));
    }

    [Fact]
    public async Task Handshake_ThatTheNodeRefusesAgainAndAgain_MovesToAnotherNode()
    {
        var refusing = Own(new FrameNode(static async node =>
        {
            await node.BeginAsync();
            while (true)
            {
                await node.SendResetAsync(await node.ReadRequestAsync(), RefusedStream);
            }
        }));
        var other = Own(new FrameNode(static async node =>
        {
            await OpenAsync(node);
            await ReadToEndAsync(node);
        }));
        var gateway = await StartGatewayAsync(
            "http2", [("a", refusing.Url), ("b", other.Url)], "--Gateway:Health:Probe=none", "--Gateway:Nodes:b:EndpointType=secondary");

        await using var client = await OpenRawAsync(gateway);

        Assert.Equal("ready", await client.ReadAsync(5));
    }

    [Fact]
    public async Task GoAway_OfANodeThatShutsDown_LeavesItsTunnelsOpenAndSendsNewOnesElsewhere()
    {
        var node = Own(new FrameNode(static async node =>
        {
            var id = await OpenAsync(node);
            await node.SendGoAwayAsync(id);
            while (await node.ReadAsync() is { Type: FrameConnection.Data } data)
            {
                await node.SendDataAsync(id, Encoding.Latin1.GetString(data.Payload));
            }
        }));
        var gateway = await StartGatewayAsync("http2", [("a", node.Url)], "--Gateway:Health:Probe=none");
        await using var first = await OpenRawAsync(gateway);
        Assert.Equal("ready", await first.ReadAsync(5));
        await first.SendAsync("one");
        Assert.Equal("one", await first.ReadAsync(3));

        await using var second = await OpenRawAsync(gateway);
        await first.SendAsync("two");

        Assert.Equal("ready", await second.ReadAsync(5));
        Assert.Equal("two", await first.ReadAsync(3));
        Assert.Equal(2, node.Accepted);
    }

    [Fact]
    public async Task Node_WithoutWebSocketsOverHttp2_Is502()
    {
        var gateway = await StartFrameGatewayAsync(static async node =>
        {
            await node.BeginAsync(allowsConnect: false);
            await ReadToEndAsync(node);
        });

        Assert.Equal(502, (await AskAsync(gateway, Handshake)).Status);
        Assert.Contains(gateway.Log.Entries, static entry => entry.Message.Contains("ExtendedConnectNotSupported", StringComparison.Ordinal));
    }

    /// <summary>Behind TLS such a node, a proxy perhaps, has HTTP/1.1, too.</summary>
    [Fact]
    public async Task NodeBehindTls_WithoutWebSocketsOverHttp2_IsAskedByHttp1()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=node", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        var node = Own(new FrameNode(
            static async node =>
            {
                await node.BeginAsync(allowsConnect: false);
                await ReadToEndAsync(node);
            },
            certificate,
            static async stream =>
            {
                using var reader = new StreamReader(stream, leaveOpen: true);
                while (await reader.ReadLineAsync(Cancel) is { Length: > 0 })
                {
                    // The head of the request.
                }

                await stream.WriteAsync(
                    Encoding.ASCII.GetBytes(
                        $"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {Accept}\r\n\r\nready"),
                    Cancel);
                await reader.ReadToEndAsync(Cancel);
            }));
        var gateway = await StartGatewayAsync("http2", [("a", node.Url)], "--Gateway:Health:Probe=none");

        await using var client = await OpenRawAsync(gateway);

        Assert.Equal("ready", await client.ReadAsync(5));
        Assert.Equal(2, node.Accepted);
    }

    private Task<TestGateway> StartFrameGatewayAsync(Func<FrameConnection, Task> script) =>
        StartGatewayAsync("http2", [("a", Own(new FrameNode(script)).Url)], "--Gateway:Health:Probe=none");

    private static async Task<int> OpenAsync(FrameConnection node)
    {
        await node.BeginAsync();
        return await OpenNextAsync(node);
    }

    private static async Task<int> OpenNextAsync(FrameConnection node)
    {
        var id = await node.ReadRequestAsync();
        await node.AcceptAsync(id);
        await node.SendDataAsync(id, "ready");
        return id;
    }

    private static async Task ReadToEndAsync(FrameConnection node)
    {
        while (await node.ReadAsync() is not null)
        {
            // Nothing is expected of it.
        }
    }

    // What the gateway sends on a stream: data, its end, and a reset with its error.
    private static async Task<List<string>> ReadToResetAsync(FrameConnection node)
    {
        var seen = new List<string>();
        while (await node.ReadAsync() is var (type, flags, _, payload))
        {
            if (type == FrameConnection.Reset)
            {
                seen.Add($"reset {payload[^1]}");
                break;
            }

            if (payload.Length > 0)
            {
                seen.Add(Encoding.Latin1.GetString(payload));
            }

            if ((flags & FrameConnection.EndStream) != 0)
            {
                seen.Add("end");
            }
        }

        return seen;
    }
}
