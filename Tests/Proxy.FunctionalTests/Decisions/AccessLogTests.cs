using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Decisions;

/// <summary>The access log, and what is not logged.</summary>
public sealed class AccessLogTests : FunctionalTestBed
{
    private const string On = "--Logging:LogLevel:Proxy.Access=Information";

    [Theory]
    [InlineData("--Logging:LogLevel:Default=Trace")]
    [InlineData("--Logging:LogLevel:Proxy=Trace")]
    [InlineData("--Logging:LogCollector:LogLevel:Default=Trace")]
    public async Task AccessLog_NotNamed_IsOff(string setting)
    {
        var gateway = await StartGatewayAsync([StartNode("a")], setting);

        await AskAsync(gateway, "GET", "/page");
        await AskAsync(gateway, "GET", "/page");

        Assert.Empty(Lines(gateway));
    }

    [Fact]
    public async Task AccessLog_Requests_HaveALineEachWithoutQuery()
    {
        var gateway = await StartGatewayAsync([StartNode("a")], On);
        var token = await TokenAsync(gateway);
        await AskAsync(gateway, "POST", $"/chat?id={token}&access_token=secret", "Content-Length: 0");
        await AskAsync(gateway, "GET", "/a%0Ab?q=secret");
        await AskAsync(gateway, "GET", "/chat?id=unknown-unknown-unknow");

        await Eventually.HoldsAsync(() => Lines(gateway).Count == 4);
        var lines = Lines(gateway).OrderBy(line => line.Message, StringComparer.Ordinal).ToList(); // a line may overtake the one before
        Assert.Collection(
            lines,
            line => Assert.Matches(@"^GET /a%0Ab 200 by a \(router\), ", line.Message),
            line => Assert.Matches(@"^GET /chat 404 by - \(unknown-id\), client 127\.0\.0\.1, connection [0-9a-f]{32}, ", line.Message),
            line => Assert.Matches(@"^POST /chat 200 by a \(tag\), client 127\.0\.0\.1, connection [0-9a-f]{32}, at ", line.Message),
            line => Assert.Matches(@"^POST /chat/negotiate 200 by a \(router\), client 127\.0\.0\.1, connection -, at 20\S+ for [\d.]+ ms, in 0 B, out \d+ B, completed$", line.Message));
        Assert.All(lines, line => Assert.Equal((1, "Request"), (line.Event.Id, line.Event.Name)));
    }

    [Fact]
    public async Task AccessLog_TunnelsAndStreams_SayBytesAndWhoEndedThem()
    {
        var gateway = await StartGatewayAsync([StartNode("a")], On);
        await using var socket = await OpenSocketAsync(gateway, await TokenAsync(gateway));
        await socket.SendAsync("\u0081\u0083\0\0\0\0abc");
        await socket.ReadAsync(5);
        await socket.DisposeAsync();
        await using var events = await RawConnection.OpenAsync(gateway.Url);
        await events.SendAsync($"GET /chat?id={await TokenAsync(gateway)} HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\n\r\n");
        await events.ReadHeadAsync();
        await events.ReadChunkAsync();
        await events.DisposeAsync();

        await Eventually.HoldsAsync(() => Lines(gateway).Count(line => line.Event.Name == "Tunnel") == 2, seen: () => string.Join('\n', Lines(gateway)));
        Assert.Contains(Lines(gateway), line => line.Message.StartsWith("web_sockets /chat by a (tag)", StringComparison.Ordinal) && line.Message.EndsWith(
            "in 9 B, out 5 B, ended by client", StringComparison.Ordinal));
        Assert.Contains(Lines(gateway), line => line.Message.StartsWith("server_sent_events /chat by a (tag)", StringComparison.Ordinal) && line.Message.EndsWith("in 0 B, out 4 B, ended by client", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Client_GoesAwayAnywhere_IsNoWarning()
    {
        var gateway = await StartGatewayAsync([StartNode("a")], On);
        string[] requests =
        [
            "GET /hang HTTP/1.1\r\nHost: h\r\n\r\n",
            "POST /hang/negotiate HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n",
            "POST /hang HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf",
            "POST /hang/negotiate HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
            $"GET /hang?id={await TokenAsync(gateway)} HTTP/1.1\r\nHost: h\r\n\r\n",
            "GET /half HTTP/1.1\r\nHost: h\r\n\r\n",
            "GET /hang HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
        ];
        var admin = OpenAdmin(gateway);
        var ended = 1;
        foreach (var request in requests)
        {
            await using var client = await RawConnection.OpenAsync(gateway.Url);
            await client.SendAsync(request);
            if (request.StartsWith("GET /half", StringComparison.Ordinal))
            {
                await client.ReadHeadAsync();
            }
            else
            {
                await Eventually.HoldsAsync(
                    async () => (await admin.GetFromJsonAsync<JsonElement>("/affinity/decisions?limit=1", Cancel)).GetProperty("recorded").GetInt32() > ended);
            }

            client.Reset();
            ended++;
            await Eventually.HoldsAsync(() => Lines(gateway).Count == ended, seen: () => string.Join('\n', Lines(gateway)));
        }

        await using (var socket = await OpenSocketAsync(gateway, await TokenAsync(gateway)))
        {
            socket.Reset();
        }

        await using var events = await RawConnection.OpenAsync(gateway.Url);
        await events.SendAsync($"GET /chat?id={await TokenAsync(gateway)} HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\n\r\n");
        await events.ReadHeadAsync();
        events.Reset();
        await Eventually.HoldsAsync(() => Lines(gateway).Count(line => line.Event.Name == "Tunnel") == 2, seen: () => string.Join('\n', Lines(gateway)));

        Assert.DoesNotContain(gateway.Log.Entries, line => line.Level >= LogLevel.Warning);
        Assert.Equal(requests.Length, Lines(gateway).Count(line => line.Message.EndsWith("client gone", StringComparison.Ordinal)));
    }

    private static List<LogEntry> Lines(TestGateway gateway) => [.. gateway.Log.Entries.Where(line => line.Category == "Proxy.Access")];

    private static async Task<string> TokenAsync(TestGateway gateway) =>
        JsonDocument.Parse((await NegotiateAsync(gateway)).Body).RootElement.GetProperty("connectionToken").GetString()!;

    private static async Task<RawConnection> OpenSocketAsync(TestGateway gateway, string token)
    {
        var socket = await RawConnection.OpenAsync(gateway.Url);
        await socket.SendAsync($"GET /chat?id={token} HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 101", await socket.ReadHeadAsync(), StringComparison.Ordinal);
        return socket;
    }

    private ScriptedNode StartNode(string name) => StartScripted(name, async exchange =>
    {
        var request = exchange.Request;
        if (request.Target.StartsWith("/hang", StringComparison.Ordinal))
        {
            await exchange.Connection.ReadToEndAsync();
        }
        else if (request.Target.StartsWith("/half", StringComparison.Ordinal))
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
            await exchange.Connection.ReadToEndAsync();
        }
        else if (request.Field("Upgrade") is not null)
        {
            await exchange.AcceptWebSocketAsync();
            await exchange.Connection.ReadAsync(9);
            await exchange.SendAsync("\u0081\u0003abc");
            await exchange.Connection.ReadToEndAsync();
        }
        else if (request.Field("Accept") is "text/event-stream")
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n:a\n\n\r\n");
            await exchange.Connection.ReadToEndAsync();
        }
        else if (request.Head.Contains("/negotiate", StringComparison.Ordinal))
        {
            await exchange.AnswerNegotiateAsync(Guid.NewGuid().ToString("N"));
        }
        else
        {
            await exchange.AnswerNameAsync();
        }
    });
}
