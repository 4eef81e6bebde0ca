using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
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

    /// <summary>The head, and each piece, are at the node before the next piece is sent.</summary>
    [Theory]
    [InlineData("POST", "/upload", false)]
    [InlineData("POST", "/upload", true)]
    [InlineData("PUT", "/chat?id=x", false)]
    [InlineData("POST", "/chat?id=x", true)]
    public async Task RequestBody_InSmallPieces_ReachesTheNodeAsItComes(string method, string target, bool isChunked)
    {
        var pieces = Channel.CreateUnbounded<string>();
        var node = await StartReadingNodeAsync(pieces.Writer);
        var gateway = await StartGatewayAsync([("a", node)], ["--Gateway:Health:Probe=none"]);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync($"{method} {target} HTTP/1.1\r\nHost: h\r\n{(isChunked ? "Transfer-Encoding: chunked" : "Content-Length: 5")}\r\n\r\n");
        Assert.Equal("head", await pieces.Reader.ReadAsync(Cancel));
        for (var i = 0; i < 5; i++)
        {
            await client.SendAsync(isChunked ? $"1\r\n{i}\r\n" : $"{i}");
            Assert.Equal($"{i}", await pieces.Reader.ReadAsync(Cancel));
        }

        if (isChunked)
        {
            await client.SendAsync("0\r\n\r\n");
        }

        Assert.Equal(200, (await client.ReadResponseAsync()).Status);
    }

    [Fact]
    public async Task RequestBody_OfTenMegabytes_ArrivesWhole()
    {
        var pieces = Channel.CreateUnbounded<string>();
        var node = await StartReadingNodeAsync(pieces.Writer);
        var gateway = await StartGatewayAsync([("a", node)], ["--Gateway:Health:Probe=none"]);
        using var client = new HttpClient();
        using var body = new StringContent(new string('x', 10 * 1024 * 1024));

        using var answer = await client.PostAsync(new Uri(gateway.Url, "/upload"), body, Cancel);

        Assert.Equal($"{10 * 1024 * 1024}", await answer.Content.ReadAsStringAsync(Cancel));
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

    /// <summary>A node that says what it reads, and answers with its length.</summary>
    private async Task<Uri> StartReadingNodeAsync(ChannelWriter<string> pieces)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = Own(builder.Build());
        app.Run(async context =>
        {
            await pieces.WriteAsync("head");
            var buffer = new byte[4096];
            var total = 0;
            while (await context.Request.Body.ReadAsync(buffer) is > 0 and var count)
            {
                total += count;
                await pieces.WriteAsync(Encoding.Latin1.GetString(buffer, 0, count));
            }

            await context.Response.WriteAsync($"{total}");
        });
        await app.StartAsync(Cancel);
        return new Uri(app.Urls.Single());
    }
}
