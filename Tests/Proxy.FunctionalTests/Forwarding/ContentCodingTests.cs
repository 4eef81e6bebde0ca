using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text;
using HubNode;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.Logging;
using Proxy.FunctionalTests.Clusters;
using Proxy.Requests;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Forwarding;

/// <summary>Real nodes that compress their answers though nothing was accepted: what the gateway reads of them, it reads all the same.</summary>
public sealed class ContentCodingTests : NodesTestBed
{
    private const string V1 = """{"negotiateVersion":1,"connectionId":"p","connectionToken":"AbCdEfGhIjKlMnOpQr-_09","availableTransports":[]}""";

    private static readonly string Tagged = "AbCdEfGhIjKlMnOpQr-_09" + Tag.Prefix + Tag.Compute(key: null, "gateway", "a");

    private TestGateway? _gateway;

    /// <summary>Without cookies an id without its tag would find its node by chance only.</summary>
    [Theory]
    [InlineData("gzip", HttpTransportType.LongPolling)]
    [InlineData("br", HttpTransportType.WebSockets)]
    [InlineData("deflate", HttpTransportType.ServerSentEvents)]
    public async Task Clients_OfNodesThatCompressNegotiates_StayOnTheirNodes(string coding, HttpTransportType transport)
    {
        var nodes = await Task.WhenAll(((string[])["a", "b", "c"]).Select(name =>
            StartNodeAsync(name, (context, next) => context.Request.Path.Value!.EndsWith("/negotiate", StringComparison.Ordinal)
                ? CompressAsync(context, next, coding)
                : next(context))));
        var gateway = await StartGatewayAsync(nodes, "--Gateway:Router=round-robin");

        for (var i = 0; i < 8; i++)
        {
            var client = Own(
                new HubConnectionBuilder().WithUrl(Hub(gateway), transport, options => options.HttpMessageHandlerFactory = WithoutCookies).Build());
            await client.StartAsync(Cancel);
            Assert.Equal(transport.ToString(), TransportName((await client.InvokeAsync<HubCaller>("WhoAmI", Cancel)).Transport));
        }

        AtNodes.AssertEachConnectionOnOneSite();
        AtGateway.AssertNoAffinityErrors();
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("x-gzip")]
    [InlineData("GZip")]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("deflate", "raw")]
    [InlineData("identity, gzip")]
    [InlineData("gzip, br")]
    [InlineData("deflate, gzip, br")]
    public async Task Answer_InACoding_IsTaggedAndSentOnPlain(string codings, string? form = null)
    {
        var body = Compress(V1, codings, form is "raw");
        var (node, answer) = await NegotiateAsync(
            body, "Content-Encoding: " + codings, "Vary: Accept-Encoding", "ETag: W/\"x\"", "Content-Digest: sha-256=:x:", "X-Own: 1");

        Assert.Equal(V1.Replace("AbCdEfGhIjKlMnOpQr-_09", Tagged, StringComparison.Ordinal), answer.Body);
        Assert.Equal(answer.Body.Length.ToString(CultureInfo.InvariantCulture), answer.Field("Content-Length"));
        Assert.Equal(("Accept-Encoding", "1"), (answer.Field("Vary"), answer.Field("X-Own")));
        foreach (var name in (string[])["Content-Encoding", "ETag", "Content-Digest", "Transfer-Encoding"])
        {
            Assert.Empty(answer.All(name));
        }

        Assert.Equal("identity", Assert.Single(node.Requests).Field("Accept-Encoding"));
    }

    /// <summary>What cannot be read passes byte for byte, and the log says so.</summary>
    [Theory]
    [InlineData("zstd", "gzip")]
    [InlineData("gzip", "none")]
    [InlineData("gzip", "half")]
    [InlineData("br", "gzip")]
    [InlineData("deflate", "none")]
    [InlineData("gzip, gzip, gzip, gzip, gzip", "gzip, gzip, gzip, gzip, gzip")]
    [InlineData("gzip", "bomb")]
    [InlineData("br, gzip", "bomb")]
    public async Task Answer_InACodingThatCannotBeUndone_PassesAsItIs(string said, string done)
    {
        var body = done switch
        {
            "none" => V1,
            "half" => Compress(V1, "gzip")[..40],
            "bomb" => Compress(V1[..^1] + ",\"filler\":\"" + new string('x', 10_000_000) + "\"}", said),
            _ => Compress(V1, done),
        };
        Assert.InRange(body.Length, 1, 65_536); // what is read at the most

        var (_, answer) = await NegotiateAsync(body, "Content-Encoding: " + said);

        Assert.Equal(body, answer.Body);
        Assert.Equal(said, answer.Field("Content-Encoding"));
        AssertSaid(done is "half" ? "it is not what the protocol says" : "Content-Encoding: " + said);
    }

    /// <summary>Texts that no client reads an id from, or whose id would not come back as it is.</summary>
    [Theory]
    [InlineData("control", "{\"negotiateVersion\":1,\"connectionToken\":\"T\u0007T\"}")]
    [InlineData("escaped control", "{\"negotiateVersion\":1,\"connectionToken\":\"T\\u0007T\"}")]
    [InlineData("escaped line end", "{\"negotiateVersion\":1,\"connectionToken\":\"T\\nT\"}")]
    [InlineData("delete", "{\"negotiateVersion\":1,\"connectionToken\":\"T\u007fT\"}")]
    [InlineData("no UTF-8", "{\"negotiateVersion\":1,\"connectionToken\":\"T\u00ffT\"}")]
    [InlineData("half a pair", "{\"negotiateVersion\":1,\"connectionToken\":\"T\\ud800T\"}")]
    [InlineData("UTF-16", "\u00ff\u00fe{\0\"\0c\0o\0n\0n\0e\0c\0t\0i\0o\0n\0T\0o\0k\0e\0n\0\"\0:\0\"\0T\0\"\0}\0")]
    [InlineData("UTF-16 without a mark", "{\0\"\0c\0o\0n\0n\0e\0c\0t\0i\0o\0n\0T\0o\0k\0e\0n\0\"\0:\0\"\0T\0\"\0}\0")]
    [InlineData("half", "{\"negotiateVersion\":1,\"connectionToken\":\"T\"")]
    public async Task Answer_ThatIsNoText_PassesAsItIs(string what, string body)
    {
        var (_, answer) = await NegotiateAsync(body);

        Assert.True(body == answer.Body, what);
        AssertSaid("it is not what the protocol says");
    }

    /// <summary>Browsers strip it, and it passes on.</summary>
    [Fact]
    public async Task Answer_WithAByteOrderMark_IsTagged()
    {
        var (_, answer) = await NegotiateAsync(Compress("\u00ef\u00bb\u00bf" + V1, "gzip"), "Content-Encoding: gzip");

        Assert.Equal("\u00ef\u00bb\u00bf" + V1.Replace("AbCdEfGhIjKlMnOpQr-_09", Tagged, StringComparison.Ordinal), answer.Body);
    }

    /// <summary>What is only learned stays as it is; the client that asked for it reads it.</summary>
    [Theory]
    [InlineData("POST", "/chat/negotiate", "application/json", """{"connectionId":"AbCdEfGhIjKlMnOpQr-_09"}""", "/chat?id=AbCdEfGhIjKlMnOpQr-_09")]
    [InlineData(
        "GET", "/chat/negotiate?clientProtocol=2.1", "application/json", """{"ConnectionToken":"T","ProtocolVersion":"2.1"}""",
        "/chat/poll?connectionToken=T")]
    [InlineData("GET", "/chat/?EIO=4", "text/plain", """0{"sid":"S"}""", "/chat/?EIO=4&sid=S")]
    public async Task Answer_ThatIsLearned_PassesAsItIs(string method, string target, string type, string text, string next)
    {
        var body = Compress(text, "gzip");
        var nodes = "ab".Select(name => StartScripted(
            name.ToString(), exchange => exchange.Request.Target == target
                ? exchange.AnswerAsync(200, body, "Content-Type: " + type, "Content-Encoding: gzip")
                : exchange.AnswerNameAsync())).ToArray();
        var gateway = await StartPairAsync(nodes[0], nodes[1]);

        var answer = await AskAsync(gateway, method, target, "Content-Length: 0");

        Assert.Equal((body, "gzip"), (answer.Body, answer.Field("Content-Encoding")));
        Assert.Equal("a", (await AskAsync(gateway, "GET", next)).Body);
        Assert.Equal(1, (await gateway.Admin.GetAsync("/affinity")).GetProperty("outcomes").GetProperty("store").GetInt64());
    }

    /// <summary>Health answers and load reports, and what the probe of a hub reads.</summary>
    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task Probes_OfANodeThatCompressesEverything_ReadIt(string coding)
    {
        var node = await StartNodeAsync("a", (context, next) => IsStream(context) ? next(context) : CompressAsync(context, next, coding), "--capacity", "7");
        var reporting = await StartGatewayAsync([node], "--Gateway:Health:Path=/health");
        var probing = await StartGatewayAsync([node], "--Gateway:Health:Probe=signalr", "--Gateway:Health:Path=/hub");

        await NodeIsAsync(reporting, "a", static node => node.GetProperty("load").GetProperty("connectionCapacity").GetInt32() == 7, "has reported");
        await NodeIsAsync(probing, "a", static node => node.GetProperty("health").GetProperty("active").GetString() == "healthy", "is healthy");
    }

    /// <summary>The ends of its events cannot be seen, so that it is not waited for one.</summary>
    [Fact]
    public async Task EventStream_InACoding_IsCutAtOnceWhenItsClientHasToMove()
    {
        var node = StartScripted("a", async exchange =>
        {
            if (exchange.Request.Method is "POST")
            {
                await exchange.AnswerNegotiateAsync("AbCdEfGhIjKlMnOpQr-_09");
                return;
            }

            var events = Compress("data: 1\n\n", "gzip")[..^8] + "\n\n"; // looks as if an event ended here
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n");
            await exchange.SendAsync($"{events.Length:x}\r\n{events}\r\n");
            await exchange.Connection.ReadToEndAsync();
        });
        var gateway = await StartGatewayAsync([node]);
        var token = NegotiateAnswerTests.TokenOf(await OpenAsync(gateway));
        await using var client = await RawConnection.OpenAsync(gateway.Url);
        await client.SendAsync($"GET /chat?id={token} HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\nAccept-Encoding: gzip\r\n\r\n");
        await client.ReadHeadAsync();
        await client.ReadChunkAsync();

        await gateway.Admin.DrainAsync("a", new { mode = "cut" });

        Assert.Equal("", await client.ReadToEndAsync()); // no last chunk: it must not look complete
        Assert.Equal("identity", node.Requests[^1].Field("Accept-Encoding"));
    }

    private static HttpMessageHandler WithoutCookies(HttpMessageHandler handler)
    {
        ((HttpClientHandler)handler).UseCookies = false;
        ((HttpClientHandler)handler).AutomaticDecompression = DecompressionMethods.None;
        return handler;
    }

    private static string TransportName(string atNode) => atNode switch
    {
        "web_sockets" => "WebSockets",
        "server_sent_events" => "ServerSentEvents",
        _ => "LongPolling",
    };

    private static bool IsStream(HttpContext context) =>
        context.WebSockets.IsWebSocketRequest || context.Request.Headers.Upgrade == "websocket" || context.Request.Headers.Accept == "text/event-stream";

    // What a middleware of a node's application does that does not ask what was accepted.
    private static async Task CompressAsync(HttpContext context, RequestDelegate next, string coding)
    {
        var (body, plain) = (context.Response.Body, new MemoryStream());
        context.Response.Body = plain;
        await next(context);
        context.Response.Body = body;
        if (plain.Length > 0)
        {
            var bytes = Encoding.Latin1.GetBytes(Compress(Encoding.Latin1.GetString(plain.ToArray()), coding));
            context.Response.Headers.ContentEncoding = coding;
            context.Response.ContentLength = bytes.Length;
            await body.WriteAsync(bytes);
        }
    }

    private static string Compress(string text, string codings, bool isRaw = false)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        foreach (var coding in codings.Split(", "))
        {
            var compressed = new MemoryStream();
            using (Stream encoder = coding.ToUpperInvariant() switch
            {
                "BR" => new BrotliStream(compressed, CompressionLevel.Optimal),
                "DEFLATE" when isRaw => new DeflateStream(compressed, CompressionLevel.Optimal),
                "DEFLATE" => new ZLibStream(compressed, CompressionLevel.Optimal),
                "IDENTITY" => compressed,
                _ => new GZipStream(compressed, CompressionLevel.Optimal),
            })
            {
                encoder.Write(bytes);
            }

            bytes = compressed.ToArray();
        }

        return Encoding.Latin1.GetString(bytes);
    }

    private async Task<(ScriptedNode Node, RawMessage Answer)> NegotiateAsync(string body, params string[] fields)
    {
        var node = StartScripted("a", exchange => exchange.AnswerAsync(200, body, ["Content-Type: application/json", .. fields]));
        _gateway = await StartGatewayAsync([node]);
        var answer = await OpenAsync(_gateway);
        Assert.Equal(200, answer.Status);
        return (node, answer);
    }

    private static Task<RawMessage> OpenAsync(TestGateway gateway) => AskAsync(gateway, "POST", "/chat/negotiate?negotiateVersion=1", "Content-Length: 0");

    private void AssertSaid(string reason)
    {
        var entry = Assert.Single(_gateway!.Log.Entries, static entry => entry.Event.Name == "AnswerUnread");
        Assert.Equal(LogLevel.Warning, entry.Level);
        Assert.Contains($"({reason})", entry.Message, StringComparison.Ordinal);
    }
}
