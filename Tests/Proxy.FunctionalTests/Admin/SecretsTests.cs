using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Admin;

/// <summary>Values that stand for secrets go through everything a gateway does, with every log open, and come out nowhere but at the node and the
/// client.</summary>
public sealed class SecretsTests : FunctionalTestBed
{
    private const string Canary = "canary";

    private static readonly string[] Fields = ["Authorization: Bearer canary-authorization", "Cookie: session=canary-cookie; srv_id=v1.canary-affinity",
        "X-Custom: canary-header"];

    private readonly EverythingLogged _log = new();

    [Fact]
    public async Task Secrets_OnAllPaths_AppearNowhere()
    {
        var activities = new ConcurrentQueue<string>();
        using var listener = Listen(activities);
        ScriptedNode[] nodes = [StartNode("a"), StartNode("b")];
        var dead = await StartDeadAsync("dead");
        await using var app = Build([.. nodes, dead]);
        await app.StartAsync(Cancel);
        var (url, adminUrl) = Urls(app);
        using var admin = new HttpClient { BaseAddress = adminUrl };
        using var stream = await admin.GetAsync("/affinity/decisions/stream", HttpCompletionOption.ResponseHeadersRead, Cancel);

        var token = await NegotiateAsync(url);
        await SendRequestsAsync(url, token);
        await OpenTunnelsAsync(url, token);

        var answers = await AskAdminAsync(admin, token, url);
        await app.StopAsync(Cancel);
        using var events = new StreamReader(await stream.Content.ReadAsStreamAsync(Cancel));
        answers.Add(await events.ReadToEndAsync(Cancel));

        Assert.Contains(nodes.SelectMany(node => node.Requests), request => request.Head.Contains("canary-authorization", StringComparison.Ordinal));
        Assert.NotEmpty(_log.Lines);
        Assert.NotEmpty(activities);
        Assert.All(answers, answer => Assert.DoesNotContain(Canary, answer, StringComparison.OrdinalIgnoreCase));
        var leaks = _log.Lines.Concat(activities).Where(line => line.Contains(Canary, StringComparison.OrdinalIgnoreCase)).ToHashSet(StringComparer.Ordinal);
        Assert.True(leaks.Count == 0, string.Join(Environment.NewLine, leaks));
        Assert.Contains(_log.Lines, line => line.Contains("Proxy.Access", StringComparison.Ordinal));
    }

    private static async Task SendRequestsAsync(Uri url, string token)
    {
        string[] targets =
        [
            $"/chat?id={token}&access_token=canary-access", "/chat?id=canary-unknown", "/chat?id=canary.g1AbCdEfGh-_0", $"/chat?id={token}&id=canary-two",
                "/page?q=canary-query",
            "/reset?access_token=canary-access", "/broken?access_token=canary-access", "/status?access_token=canary-access", "/half?access_token=canary-access",
            $"/chat?id={token}%zz&access_token=canary-access", "/500?access_token=canary-access", "/signalr?connectionToken=canary-classic",
                "/engine.io/?EIO=4&sid=canary-sid",
        ];
        foreach (var target in targets)
        {
            await AskRawAsync(url, Head("GET", target));
            await AskRawAsync(url, Head("POST", target, "Content-Length: 6") + "canary");
        }

        // The dead node is asked by the tag that its name gives.
        await AskRawAsync(url, Head("GET", $"/chat?id=canary-token.g1{Proxy.Requests.Tag.Compute(null, "gateway", "dead")}"));
        await AskRawAsync(url, Head("DELETE", $"/chat?id={token}"));
        await AskRawAsync(url, Head("OPTIONS", $"/chat?id={token}", "Access-Control-Request-Method: POST"));

        // What Kestrel itself refuses.
        await AskRawAsync(url, "GET /chat?access_token=canary-access HTTP/9.9\r\nHost: h\r\n\r\n");
        await AskRawAsync(url, "canary-nonsense\r\n\r\n");
        await AskRawAsync(url, "GET /chat?access_token=canary access HTTP/1.1\r\nHost: h\r\n\r\n");
        await AskRawAsync(url, "GET /chat HTTP/1.1\r\nHost: canary host\r\n\r\n");
        await AskRawAsync(url, "GET /chat HTTP/1.1\r\nHost: h\r\nAuthorization canary-authorization\r\n\r\n");
        await AskRawAsync(url, Head("POST", "/page", "Content-Length: canary"));
        await AskRawAsync(url, Head("POST", "/page", "Transfer-Encoding: chunked") + "canary\r\n");
        await AskRawAsync(url, Head("POST", "/chat/negotiate?access_token=canary-access", "Transfer-Encoding: chunked") + "zz\r\ncanary");

        // Who goes away in the middle.
        await using var leaver = await RawConnection.OpenAsync(url);
        await leaver.SendAsync(Head("GET", "/hang?access_token=canary-access"));
        leaver.EndSending();
        leaver.Reset();
    }

    private static async Task OpenTunnelsAsync(Uri url, string token)
    {
        foreach (var target in (string[])[$"/chat?id={token}&access_token=canary-access", "/chat?access_token=canary-access",
            "/refuse?access_token=canary-access", "/reset?access_token=canary-access"])
        {
            await using var socket = await RawConnection.OpenAsync(url);
            await socket.SendAsync(Head("GET", target, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Protocol: canary-protocol"));
            if ((await socket.ReadHeadAsync()).StartsWith("HTTP/1.1 101", StringComparison.Ordinal))
            {
                await socket.SendAsync("\u0081\u0086\0\0\0\0canary");
                await socket.ReadAsync(8);
                socket.EndSending();
                await socket.ReadToEndAsync();
            }
        }

        await using var events = await RawConnection.OpenAsync(url);
        await events.SendAsync(Head("GET", $"/chat?id={token}&access_token=canary-access", "Accept: text/event-stream"));
        await events.ReadHeadAsync();
    }

    private static async Task<List<string>> AskAdminAsync(HttpClient admin, string token, Uri url)
    {
        List<string> answers = [];
        foreach (var path in (string[])["/affinity", "/affinity/connections", "/affinity/decisions", "/nodes", "/healthz/ready", "/metrics",
            $"/affinity/connections/{token}", "/affinity/connections/canary-unknown"])
        {
            using var answer = await admin.GetAsync(path, Cancel);
            answers.Add(answer.Headers + await answer.Content.ReadAsStringAsync(Cancel));
        }

        var explain = new
        {
            method = "POST",
            url = $"/chat?id={token}&access_token=canary-access",
            headers = new { Authorization = "canary-authorization", Cookie = "srv_id=canary-cookie" }
        };
        using var explained = await admin.PostAsJsonAsync("/affinity/explain", explain, Cancel);
        answers.Add(await explained.Content.ReadAsStringAsync(Cancel));
        using var section = new StringContent(JsonSerializer.Serialize(new
        {
            Gateway = new { Nodes = new { a = url }, Affinity = new { Keys = (string[])["canary-key-of-the-replayed-configuration"] } },
        }));
        using var replayed = await admin.PostAsync("/affinity/replay", section, Cancel);
        answers.Add(await replayed.Content.ReadAsStringAsync(Cancel));
        using var unauthorized = new HttpRequestMessage(HttpMethod.Get, "/nodes?key=canary-query");
        unauthorized.Headers.TryAddWithoutValidation("Authorization", "Bearer canary-admin-key");
        using var asked = await admin.SendAsync(unauthorized, Cancel);
        answers.Add(await asked.Content.ReadAsStringAsync(Cancel));
        return answers;
    }

    private static ActivityListener Listen(ConcurrentQueue<string> activities)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,

            // The tests' own clients are seen, too; they have no gateway's tags, but ask it: only what servers and YARP make counts.
            ActivityStopped = activity =>
            {
                if (activity.Source.Name is not "System.Net.Http")
                {
                    activities.Enqueue($"{activity.Source.Name} {activity.DisplayName} {string.Join(' ', activity.TagObjects)} {string.Join(' ', activity.Events.SelectMany(e => e.Tags))}");
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private static string Head(string method, string target, params string[] fields)
    {
        var all = Fields.Concat(fields).Concat(fields.Any(field => field.StartsWith("Connection:", StringComparison.Ordinal)) ? [] : ["Connection: close"]);
        return $"{method} {target} HTTP/1.1\r\nHost: h\r\n{string.Concat(all.Select(field => field + "\r\n"))}\r\n";
    }

    private static async Task AskRawAsync(Uri url, string bytes)
    {
        await using var client = await RawConnection.OpenAsync(url);
        await client.SendAsync(bytes);
        await client.ReadToEndAsync();
    }

    private static async Task<string> NegotiateAsync(Uri url)
    {
        await using var client = await RawConnection.OpenAsync(url);
        await client.SendAsync(Head("POST", "/chat/negotiate?negotiateVersion=1&access_token=canary-access", "Content-Length: 0"));
        var answer = await client.ReadResponseAsync();
        return JsonDocument.Parse(answer.Body).RootElement.GetProperty("connectionToken").GetString()!;
    }

    private static (Uri Url, Uri Admin) Urls(WebApplication app)
    {
        var admin = app.Services.GetRequiredService<Proxy.Admin.AdminListener>();
        return (new Uri(app.Urls.First()), new Uri(admin.Url!));
    }

    private WebApplication Build(ScriptedNode[] nodes) => GatewayApp.Build(
        [
            "--urls=http://127.0.0.1:0", "--Gateway:Admin:Url=http://127.0.0.1:0", "--Gateway:Health:Probe=none", "--Gateway:Timeouts:Http=00:00:02",
            "--Gateway:Scale:ShutdownTimeout=00:00:01",
            "--Logging:LogLevel:Default=Trace", "--Logging:LogLevel:Microsoft.AspNetCore=Trace",
                "--Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics=Trace",
            "--Logging:LogLevel:Yarp.ReverseProxy.Forwarder.HttpForwarder=Trace", "--Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel.BadRequests=Trace",
            "--Logging:LogLevel:Proxy.Access=Information",
            .. TestGateway.NodeOptions(nodes.Select(node => (node.Name, node.Url))),
        ],
        builder => builder.Logging.ClearProviders().AddProvider(_log).SetMinimumLevel(LogLevel.Trace));

    private ScriptedNode StartNode(string name) => StartScripted(name, async exchange =>
    {
        var request = exchange.Request;
        switch (request.Target.Split('?')[0])
        {
            case "/reset":
                exchange.Connection.Reset();
                return;
            case "/broken":
                await exchange.SendAsync("HTTP/1.1 200 OK\r\nSet-Cookie canary-of-the-node\r\n\r\n");
                return;
            case "/status":
                await exchange.SendAsync("HTTP/1.1 canary-status\r\n\r\n");
                return;
            case "/half":
                await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncanary");
                exchange.Connection.Reset();
                return;
            case "/500":
                await exchange.AnswerAsync(500, "canary-error", "Set-Cookie: canary-of-the-node=1");
                return;
            case "/hang":
                await exchange.Connection.ReadToEndAsync();
                return;
        }

        if (request.Target.StartsWith("/refuse", StringComparison.Ordinal))
        {
            await exchange.AnswerAsync(403, "canary-refusal");
        }
        else if (request.Field("Upgrade") is not null)
        {
            await exchange.AcceptWebSocketAsync();
            await exchange.Connection.ReadAsync(12);
            await exchange.SendAsync("\u0081\u0006canary");
            await exchange.Connection.ReadToEndAsync();
        }
        else if (request.Field("Accept") is "text/event-stream")
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n:canary\n\r\n");
            await exchange.Connection.ReadToEndAsync();
        }
        else if (request.Head.Contains("/negotiate", StringComparison.Ordinal))
        {
            await exchange.AnswerNegotiateAsync("canary-token-" + name);
        }
        else
        {
            await exchange.AnswerAsync(200, "canary-body", "Set-Cookie: canary-of-the-node=1");
        }
    });
}
