using Proxy.Requests;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Forwarding;

/// <summary>Each transport has the limit that its protocol needs. What outlives a shorter limit is shown by a request that began later and met it.</summary>
public sealed class TimeLimitTests : FunctionalTestBed
{
    private const string EventStream = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static readonly string Id = "?id=T" + Tag.Prefix + Tag.Compute(key: null, "gateway", "a");
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task LongPoll_LongerThanTheLimitOfHttp_IsAnswered()
    {
        var gateway = await StartAsync("--Gateway:Timeouts:Http=00:00:01");
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync($"GET /poll{Id} HTTP/1.1\r\nHost: h\r\n\r\n");
        await MeetLimitOfHttpAsync(gateway);
        _release.SetResult();

        Assert.Equal(200, (await client.ReadResponseAsync()).Status);
    }

    /// <summary>ASP.NET SignalR 2: its clients poll by POST, for up to 110 s.</summary>
    [Fact]
    public async Task ClassicLongPoll_LongerThanTheLimitOfHttp_IsAnswered()
    {
        var gateway = await StartAsync("--Gateway:Timeouts:Http=00:00:01");
        await AskAsync(gateway, "GET", "/negotiate?clientProtocol=2.1");
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync("POST /poll?transport=longPolling&clientProtocol=2.1&connectionToken=T HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
        await MeetLimitOfHttpAsync(gateway);
        _release.SetResult();

        Assert.Equal(200, (await client.ReadResponseAsync()).Status);
    }

    [Fact]
    public async Task EventStream_SilentLongerThanTheLimitOfHttp_GoesOn()
    {
        var gateway = await StartAsync("--Gateway:Timeouts:Http=00:00:01");
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync($"GET /events{Id} HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\n\r\n");
        await client.ReadHeadAsync();
        await MeetLimitOfHttpAsync(gateway);
        _release.SetResult();

        Assert.Equal("event", await client.ReadChunkAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WebSocket_SilentLongerThanTheLimitOfHttp_GoesOn(bool hasId)
    {
        var gateway = await StartAsync("--Gateway:Timeouts:Http=00:00:03", "--Gateway:Negotiate:Deadline=00:00:03");
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync($"GET /socket{(hasId ? Id : "")} HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        Assert.Equal(101, (await client.ReadResponseAsync()).Status);
        await MeetLimitOfHttpAsync(gateway);
        _release.SetResult();

        Assert.Equal("frame", await client.ReadAsync(5));
    }

    [Fact]
    public async Task LongPoll_LongerThanItsOwnLimit_Is504()
    {
        var gateway = await StartAsync("--Gateway:Timeouts:LongPoll=00:00:01");

        var answer = await AskAsync(gateway, "GET", "/poll" + Id);

        Assert.Equal(504, answer.Status);
        Assert.Equal("owner-unreachable", answer.Field("X-Affinity-Outcome"));
    }

    [Fact]
    public async Task EventStream_SilentLongerThanItsOwnLimit_IsCut()
    {
        var gateway = await StartAsync("--Gateway:Timeouts:Stream=00:00:01");
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync($"GET /events{Id} HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WebSocket_SilentLongerThanItsOwnLimit_IsCut()
    {
        var gateway = await StartAsync("--Gateway:Timeouts:WebSocket=00:00:01");
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync($"GET /socket{Id} HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        Assert.Equal(101, (await client.ReadResponseAsync()).Status);

        Assert.Equal("", await client.ReadToEndAsync());
    }

    private static async Task MeetLimitOfHttpAsync(TestGateway gateway) =>
        Assert.Equal(504, (await AskAsync(gateway, "GET", "/hangs")).Status);

    private Task<TestGateway> StartAsync(params string[] options)
    {
        var node = StartScripted("a", async exchange =>
        {
            switch (exchange.Request.Target[1..].Split('?')[0])
            {
                case "negotiate":
                    await exchange.AnswerAsync(200, """{"ConnectionToken":"T","ProtocolVersion":"2.1"}""", "Content-Type: application/json");
                    break;
                case "poll":
                    await _release.Task;
                    await exchange.AnswerNameAsync();
                    break;
                case "events":
                    await exchange.SendAsync(EventStream);
                    await _release.Task;
                    await exchange.SendAsync("5\r\nevent\r\n");
                    break;
                case "socket":
                    await exchange.AcceptWebSocketAsync();
                    await _release.Task;
                    await exchange.SendAsync("frame");
                    break;
                default:
                    await exchange.Connection.ReadToEndAsync();
                    break;
            }
        });
        return StartGatewayAsync([node], options);
    }
}
