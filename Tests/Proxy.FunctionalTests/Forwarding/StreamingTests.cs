using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Forwarding;

/// <summary>Nothing is held back: each event is at the client before the node sends the next.</summary>
public sealed class StreamingTests : FunctionalTestBed
{
    private const string EventStream = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache,no-store\r\nTransfer-Encoding: chunked\r\n\r\n";

    /// <summary>YARP sends headers with the first byte of a body; an EventSource waits for them to open.</summary>
    [Theory]
    [InlineData("text/event-stream")]
    [InlineData("text/event-stream; charset=utf-8")]
    [InlineData("Text/Event-Stream")]
    public async Task EventStream_BeforeItsFirstEvent_IsOpenAtTheClient(string type)
    {
        var node = StartScripted("a", async exchange =>
        {
            await exchange.SendAsync(EventStream.Replace("text/event-stream", type, StringComparison.Ordinal));
            await exchange.Connection.ReadToEndAsync();
        });
        var gateway = await StartGatewayAsync([node]);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync("GET /chat?id=x HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\n\r\n");
        var head = new RawMessage(await client.ReadHeadAsync(), "");

        Assert.Equal(200, head.Status);
        Assert.Equal(type, head.Field("Content-Type"));
        Assert.Equal("no-cache,no-store", head.Field("Cache-Control"));
    }

    [Fact]
    public async Task EventStream_TwentyEvents_EachArrivesBeforeTheNextIsSent()
    {
        using var received = new SemaphoreSlim(0);
        var node = StartScripted("a", async exchange =>
        {
            await exchange.SendAsync(EventStream);
            for (var i = 0; i < 20; i++)
            {
                var text = $"data: {i}\r\n\r\n";
                await exchange.SendAsync($"{text.Length:x}\r\n{text}\r\n");
                await received.WaitAsync(Cancel);
            }

            await exchange.SendAsync("0\r\n\r\n");
        });
        var gateway = await StartGatewayAsync([node]);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync("GET /chat?id=x HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\n\r\n");
        await client.ReadHeadAsync();

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal($"data: {i}\r\n\r\n", await client.ReadChunkAsync());
            received.Release();
        }

        Assert.Equal("", await client.ReadChunkAsync());
    }

    [Fact]
    public async Task Body_Chunked_EachPartArrivesBeforeTheNextIsSent()
    {
        using var received = new SemaphoreSlim(0);
        var node = StartScripted("a", async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (var i = 0; i < 5; i++)
            {
                await exchange.SendAsync($"1\r\n{i}\r\n");
                await received.WaitAsync(Cancel);
            }

            await exchange.SendAsync("0\r\n\r\n");
        });
        var gateway = await StartGatewayAsync([node]);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync("GET /download HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n\r\n");
        await client.ReadHeadAsync();

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal($"{i}", await client.ReadChunkAsync());
            received.Release();
        }

        Assert.Equal("", await client.ReadChunkAsync());
    }

    [Fact]
    public async Task Body_OfTenMegabytes_ArrivesWhole()
    {
        var body = new string('x', 10 * 1024 * 1024);
        var node = StartScripted("a", exchange => exchange.AnswerAsync(200, body));
        var gateway = await StartGatewayAsync([node]);
        using var client = new HttpClient();

        var received = await client.GetByteArrayAsync(new Uri(gateway.Url, "/file"), Cancel);

        Assert.Equal(body.Length, received.Length);
        Assert.Equal(-1, received.AsSpan().IndexOfAnyExcept((byte)'x'));
    }

    /// <summary>HTTP/1.0 knows no chunks: the end of the connection is the end of the body.</summary>
    [Fact]
    public async Task Body_ForAClientOfHttp10_EndsWithTheConnection()
    {
        var node = StartScripted(
            "a", static exchange => exchange.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"));
        var gateway = await StartGatewayAsync([node]);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync("GET /page HTTP/1.0\r\n\r\n");
        var answer = new RawMessage(await client.ReadHeadAsync(), "");

        Assert.Empty(answer.All("Transfer-Encoding"));
        Assert.Equal("abcdef", await client.ReadToEndAsync());
        Assert.EndsWith("HTTP/1.1", Assert.Single(node.Requests).StartLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_AfterAContinue_ReachesTheNode()
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node]);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync("POST /upload HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
        Assert.Equal("HTTP/1.1 100 Continue", await client.ReadHeadAsync());
        await client.SendAsync("body");

        Assert.Equal(200, (await client.ReadResponseAsync()).Status);
        Assert.Equal("body", Assert.Single(node.Requests).Body);
    }
}
