using System.Globalization;
using Proxy.Requests;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Forwarding;

/// <summary>A negotiate answer is the node's, byte for byte, but for the tag in its connection token.</summary>
public sealed class NegotiateAnswerTests : FunctionalTestBed
{
    private static readonly string Suffix = Tag.Prefix + Tag.Compute(key: null, "gateway", "a");

    /// <summary>Forms that ASP.NET Core writes, and that JSON allows.</summary>
    [Theory]
    [InlineData("""{"negotiateVersion":1,"connectionId":"p","connectionToken":"T"*,"availableTransports":[]}""")]
    [InlineData("""{"useStatefulReconnect":true,"connectionToken":"T"*,"negotiateVersion":1,"connectionId":"p","availableTransports":[]}""")]
    [InlineData("""{"availableTransports":[{"transport":"WebSockets","connectionToken":"inner"}],"connectionId":"p","connectionToken":"T"*,"negotiateVersion":1}""")]
    [InlineData("{ \"connectionToken\" :\r\n\t\"T\"* , \"negotiateVersion\" : 2, \"tokenLifetimeSeconds\": 60 }")]
    [InlineData("""{"negotiateVersion":1,"connectionToken":"a\u002Fb\"c"*}""")]
    [InlineData("\uFEFF{\"negotiateVersion\":1,\"connectionToken\":\"T\"*}")]
    public async Task Token_WhereverItStands_IsTaggedAndNothingElseChanges(string pattern)
    {
        var body = RawMessage.Utf8(pattern.Replace("*", "", StringComparison.Ordinal));
        var answer = await NegotiateAsync(body);

        Assert.Equal(RawMessage.Utf8(pattern.Replace("\"*", Suffix + "\"", StringComparison.Ordinal)), answer.Body);
        Assert.Equal(answer.Body.Length.ToString(CultureInfo.InvariantCulture), answer.Field("Content-Length"));
    }

    [Fact]
    public async Task Token_InAChunkedAnswer_IsTagged()
    {
        var node = StartScripted("a", static exchange => exchange.SendAsync(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nETag: \"x\"\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{\"connectionToke\r\n1c\r\nn\":\"T\",\"negotiateVersion\":1}\r\n0\r\n\r\n"));
        var gateway = await StartGatewayAsync([node]);

        var answer = await NegotiateAsync(gateway);

        Assert.Equal("{\"connectionToken\":\"T" + Suffix + "\",\"negotiateVersion\":1}", answer.Body);
        Assert.Equal(answer.Body.Length.ToString(CultureInfo.InvariantCulture), answer.Field("Content-Length"));
        Assert.Empty(answer.All("Transfer-Encoding"));
        Assert.Empty(answer.All("ETag")); // it stood for other bytes
    }

    [Fact]
    public async Task Token_Tagged_LeadsBackToItsNode()
    {
        var nodes = "abc".Select(name => StartScripted(name.ToString(), static exchange =>
            exchange.Request.Method is "POST" ? exchange.AnswerNegotiateAsync("T-" + exchange.NodeName) : exchange.AnswerNameAsync())).ToArray();
        var gateway = await StartGatewayAsync(nodes, "--Gateway:Router=round-robin");
        for (var i = 0; i < 6; i++)
        {
            var token = TokenOf(await NegotiateAsync(gateway));

            var answer = await AskAsync(gateway, "GET", "/chat?id=" + token);

            Assert.StartsWith("T-" + answer.Body + ".g1", token, StringComparison.Ordinal);
        }
    }

    /// <summary>Redirects (Azure SignalR), refusals, and what is no negotiate answer at all.</summary>
    [Theory]
    [InlineData("""{"url":"https://other.example/client/?hub=chat","accessToken":"eyJ"}""")]
    [InlineData("""{"negotiateVersion":1,"url":"https://other.example/client/?hub=chat","accessToken":"eyJ","connectionToken":"T"}""")]
    [InlineData("""{"negotiateVersion":0,"error":"The client requested version '-1', but the server does not support this version."}""")]
    [InlineData("""{"negotiateVersion":1,"connectionToken":"T","error":"x"}""")]
    [InlineData("""{"negotiateVersion":1,"connectionToken":"T","connectionToken":"U"}""")]
    [InlineData("""{"negotiateVersion":1,"connectionToken":5}""")]
    [InlineData("""{"negotiateVersion":1,"connectionToken":null}""")]
    [InlineData("""{"negotiateVersion":1,"connectionToken":""}""")]
    [InlineData("""{"negotiateVersion":1,"connectionToken":"T" """)]
    [InlineData("""{"negotiateVersion":1,"connectionToken":"T"}{""", false)]
    [InlineData("""[{"negotiateVersion":1,"connectionToken":"T"}]""")]
    [InlineData("""{"negotiateVersion":1,"outer":{"connectionToken":"T"}}""")]
    [InlineData("""{"negotiateVersion":0,"connectionToken":"T","connectionId":"p"}""")]
    [InlineData("not json")]
    [InlineData("")]
    public async Task Answer_WithoutATokenToTag_IsUntouched(string body, bool untouched = true)
    {
        var answer = await NegotiateAsync(body);

        Assert.Equal(untouched, answer.Body == body);
        Assert.Equal(answer.Body.Length.ToString(CultureInfo.InvariantCulture), answer.Field("Content-Length"));
    }

    [Theory]
    [InlineData(200, "application/json", "Content-Encoding: br")]
    [InlineData(200, "application/json", "Content-Encoding: gzip")]
    [InlineData(200, "text/html", "X-Other: 1")]
    [InlineData(201, "application/json", "X-Other: 1")]
    [InlineData(401, "application/json", "WWW-Authenticate: Bearer")]
    [InlineData(500, "application/json", "X-Other: 1")]
    public async Task Answer_OfAnotherKind_IsUntouched(int status, string type, string field)
    {
        const string body = """{"negotiateVersion":1,"connectionToken":"T"}""";
        var node = StartScripted("a", exchange => exchange.AnswerAsync(status, body, "Content-Type: " + type, field));
        var gateway = await StartGatewayAsync([node]);

        var answer = await NegotiateAsync(gateway);

        Assert.Equal(status, answer.Status);
        Assert.Equal(body, answer.Body);
        Assert.Contains(field, answer.Lines);
    }

    [Theory]
    [InlineData(65_536, true)]
    [InlineData(65_537, false)]
    public async Task Answer_LargerThanTheLimit_IsUntouched(int length, bool isTagged)
    {
        const string start = """{"negotiateVersion":1,"connectionToken":"T","filler":" """;
        var body = start + new string('x', length - start.Length - 2) + "\"}";
        var expected = isTagged ? body.Replace("\"T\"", $"\"T{Suffix}\"", StringComparison.Ordinal) : body;

        var answer = await NegotiateAsync(body);
        Assert.Equal(expected.Length, answer.Body.Length);
        Assert.Equal(expected, answer.Body);

        var chunked = StartScripted("a", async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
            foreach (var part in body.Chunk(10_000))
            {
                await exchange.SendAsync($"{part.Length:x}\r\n{new string(part)}\r\n");
            }

            await exchange.SendAsync("0\r\n\r\n");
        });
        var gateway = await StartGatewayAsync([chunked]);
        Assert.Equal(expected, (await NegotiateAsync(gateway)).Body);
    }

    /// <summary>Reading for an id stops at the limit; the rest is only copied, piece by piece.</summary>
    [Fact]
    public async Task Answer_ThatNeverEnds_IsRelayedAsItComes()
    {
        using var received = new SemaphoreSlim(0);
        var piece = new string('x', 1024);
        var node = StartScripted("a", async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (var i = 0; i < 2; i++)
            {
                await exchange.SendAsync($"400\r\n{piece}\r\n");
            }

            while (!Cancel.IsCancellationRequested)
            {
                await received.WaitAsync(Cancel);
                await exchange.SendAsync($"400\r\n{piece}\r\n");
            }
        });
        var gateway = await StartGatewayAsync([node], "--Gateway:Negotiate:MaxBodyBytes=1024", "--Gateway:Negotiate:Deadline=00:05:00");
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync("POST /chat/negotiate HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
        await client.ReadHeadAsync();
        var length = 0;
        while (length < 20 * 1024)
        {
            length += (await client.ReadChunkAsync()).Length;
            if (length >= 2 * 1024)
            {
                received.Release();
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"connection")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"co\r\n")]
    public async Task Answer_NotWholeWithinTheDeadline_Is504(string half)
    {
        var node = StartScripted("a", async exchange =>
        {
            await exchange.SendAsync(half);
            await exchange.Connection.ReadToEndAsync();
        });
        var gateway = await StartGatewayAsync([node], "--Gateway:Negotiate:Deadline=00:00:01");

        var answer = await NegotiateAsync(gateway);

        Assert.Equal(504, answer.Status);
        Assert.Equal("owner-unreachable", answer.Field("X-Affinity-Outcome"));
        Assert.Equal("no-store", answer.Field("Cache-Control"));
    }

    /// <summary>A body has to be sent once only, but the deadline holds all the same.</summary>
    [Fact]
    public async Task Answer_ToANegotiateWithABody_HasTheSameDeadline()
    {
        var node = StartScripted("a", static exchange => exchange.Connection.ReadToEndAsync());
        var gateway = await StartGatewayAsync([node], "--Gateway:Negotiate:Deadline=00:00:01");

        var answer = await AskAsync(gateway, "POST /chat/negotiate HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}");

        Assert.Equal(504, answer.Status);
    }

    internal static string TokenOf(RawMessage answer)
    {
        using var json = System.Text.Json.JsonDocument.Parse(answer.Body);
        return json.RootElement.GetProperty("connectionToken").GetString()!;
    }

    private async Task<RawMessage> NegotiateAsync(string body)
    {
        var node = StartScripted("a", exchange => exchange.AnswerAsync(200, body, "Content-Type: application/json"));
        var gateway = await StartGatewayAsync([node]);
        var answer = await NegotiateAsync(gateway);
        Assert.Equal(200, answer.Status);
        return answer;
    }
}
