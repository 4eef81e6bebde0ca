using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Metrics;

/// <summary>What a gateway measures while real requests pass through it.</summary>
public sealed class MetricsTests : FunctionalTestBed
{
    [Fact]
    public async Task Instruments_AfterTrafficOfAllKinds_AreThoseOfThePage()
    {
        var seen = new ConcurrentDictionary<string, (string Kind, string? Unit, ConcurrentDictionary<string, bool> Tags)>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == "Proxy.Gateway")
            {
                seen.TryAdd(instrument.Name, (KindOf(instrument), instrument.Unit, new()));
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Note(instrument, tags));
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Note(instrument, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Note(instrument, tags));
        listener.Start();
        void Note(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var (name, _) in tags)
            {
                seen[instrument.Name].Tags[name] = true;
            }
        }

        var (gateway, admin) = await StartAsync("--Gateway:Health:Probe=http", "--Gateway:Health:Interval=00:00:00.1");
        await PollAndEndAsync(gateway);
        await Eventually.HoldsAsync(() => !seen["gateway.probes"].Tags.IsEmpty);
        var failing = await StartPairAsync(await StartDeadAsync("a"), StartNode("b"));
        await NegotiateAsync(failing);
        await AskAsync(failing, "GET", "/page", "Authorization: NTLM x");
        var redirecting = await StartGatewayAsync(
            Array.Empty<(string, Uri)>(), "--Gateway:Health:Probe=none", "--Gateway:Negotiate:Redirect=true",
            $"--Gateway:Nodes:a:Address={StartNode("a").Url}", "--Gateway:Nodes:a:PublicUrl=http://a.example");
        await NegotiateAsync(redirecting);
        await using var events = await OpenEventsAsync(gateway);
        foreach (var node in (string[])["a", "b"]) // the event stream is on one of them
        {
            using var answer = await admin.PostAsJsonAsync($"/nodes/{node}/drain", new { mode = "cut" }, Cancel);
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        }

        var expected = Documented();
        await Eventually.PassesAsync(() => // a request is measured after its answer is sent, and a drain begins after the answer to its call
        {
            listener.RecordObservableInstruments();
            Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), seen.Keys.Order(StringComparer.Ordinal));
            foreach (var (name, (kind, unit, tags)) in seen)
            {
                Assert.Equal((name, expected[name].Kind, expected[name].Unit), (name, kind, unit));
                Assert.Equal((name, expected[name].Tags), (name, string.Join(", ", tags.Keys.Order(StringComparer.Ordinal))));
            }

            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task Connections_AllTransports_ReturnToZero()
    {
        var (gateway, admin) = await StartAsync();
        var token = await TokenAsync(gateway);
        await using var socket = await OpenSocketAsync(gateway, token);
        await socket.SendAsync("\u0081\u0083\0\0\0\0abc"); // a masked text frame
        Assert.Equal("\u0081\u0003abc", await socket.ReadAsync(5));
        await using var events = await OpenEventsAsync(gateway);
        await TokenAsync(gateway);

        var metrics = await ReadAsync(admin);
        Assert.Equal([1, 1, 1], Sums(metrics, "gateway_connections", "web_sockets", "server_sent_events", "negotiated"));
        Assert.Equal((1, 3), (Sum(metrics, "gateway_tunnels"), Sum(metrics, "gateway_store_entries")));
        Assert.Equal([1, 1], Sums(metrics, "gateway_tunnel_messages_total", "receive", "transmit"));
        Assert.Equal([9, 5], Sums(metrics, "gateway_tunnel_io_bytes_total", "receive", "transmit"));
        Assert.Equal([1, 1], Sums(metrics, "gateway_connect_duration_seconds_count", "web_sockets", "server_sent_events"));
        Assert.Equal(2, Sum(metrics, "gateway_nodes", "online"));

        await socket.DisposeAsync();
        await events.DisposeAsync();
        await PollAndEndAsync(gateway);
        await Eventually.PassesAsync(async () =>
        {
            metrics = await ReadAsync(admin);
            Assert.Equal([0, 0, 0], Sums(metrics, "gateway_connections", "web_sockets", "server_sent_events", "long_polling"));
            Assert.Equal((0, 0), (Sum(metrics, "gateway_tunnels"), Sum(metrics, "gateway_connect_waiting")));
            Assert.Equal((0, 0), (Sum(metrics, "http_server_active_requests"), Sum(metrics, "gateway_drain_remaining")));
        });
        Assert.Equal([9, 5], Sums(metrics, "gateway_tunnel_io_bytes_total", "receive", "transmit"));
        Assert.Equal(1, Sum(metrics, "gateway_connection_duration_seconds_count", "long_polling"));
    }

    [Fact]
    public async Task Metrics_Text_IsWellFormedAndHasTheMetersOfDotNet()
    {
        var (gateway, admin) = await StartAsync();
        await AskAsync(gateway, "GET", "/page");

        using var response = await admin.GetAsync("/metrics", Cancel);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        var text = await response.Content.ReadAsStringAsync(Cancel);

        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var types = new HashSet<string>();
        var series = new HashSet<string>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith('#'))
            {
                Assert.Matches("^# (HELP [a-z_][a-z0-9_]* .+|TYPE [a-z_][a-z0-9_]* (counter|gauge|histogram))$", line);
                Assert.True(!line.StartsWith("# TYPE", StringComparison.Ordinal) || types.Add(line.Split(' ')[2]), line);
                continue;
            }

            Assert.Matches("""^[a-z_][a-z0-9_]*(\{([a-z_][a-z0-9_]*="([^"\\\n]|\\["\\n])*",?)*\})? -?([0-9.]+(E[-+][0-9]+)?|\+Inf)$""", line);
            Assert.True(series.Add(line[..line.LastIndexOf(' ')]), line);
        }

        Assert.Superset(
            new HashSet<string>
            {
                "gateway_affinity_lookups_total", "http_server_request_duration_seconds", "kestrel_active_connections", "http_client_request_duration_seconds",
                "dotnet_process_memory_working_set_bytes",
            },
            types);
        Assert.Equal(1, Sum(await ReadAsync(admin), "gateway_affinity_lookups_total", "router"));
    }

    [Fact]
    public async Task Activity_OfARequest_CarriesNodeAndOutcome()
    {
        var tags = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => tags.Enqueue($"{activity.GetTagItem("gateway.node")} {activity.GetTagItem("gateway.outcome")}"),
        };
        ActivitySource.AddActivityListener(listener);
        var gateway = await StartGatewayAsync([StartNode("traced")]);

        await AskAsync(gateway, "GET", "/page");

        await Eventually.HoldsAsync(() => tags.Contains("traced router"));
    }

    private static string KindOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "Counter" or "ObservableCounter" => "counter",
        "Histogram" => "histogram",
        "UpDownCounter" or "ObservableUpDownCounter" => "up-down counter",
        _ => "gauge",
    };

    private static Dictionary<string, (string Kind, string? Unit, string Tags)> Documented()
    {
        var page = File.ReadAllLines(Path.Combine(SolutionLayout.Root, "docs", "metrics.md"));
        return page
            .Where(line => line.StartsWith("| `gateway.", StringComparison.Ordinal))
            .Select(line => line.Split('|').Select(cell => cell.Trim().Replace("`", "", StringComparison.Ordinal)).ToArray())
            .ToDictionary(cells => cells[1], cells => (cells[2], (string?)cells[3], string.Join(", ", cells[4].Split(", ").Order(StringComparer.Ordinal))));
    }

    private static async Task<string[]> ReadAsync(HttpClient admin) => (await admin.GetStringAsync("/metrics", Cancel)).Split('\n');

    private static double[] Sums(string[] metrics, string name, params string[] labels) => [.. labels.Select(label => Sum(metrics, name, label))];

    private static double Sum(string[] metrics, string name, string label = "") => metrics
        .Where(line => Regex.IsMatch(line, $"^{name}[ {{]", RegexOptions.None, TimeSpan.FromSeconds(1)) && line.Contains(label, StringComparison.Ordinal))
        .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    private static async Task<string> TokenAsync(TestGateway gateway) =>
        JsonDocument.Parse((await NegotiateAsync(gateway)).Body).RootElement.GetProperty("connectionToken").GetString()!;

    private static async Task<RawConnection> OpenSocketAsync(TestGateway gateway, string token)
    {
        var socket = await RawConnection.OpenAsync(gateway.Url);
        await socket.SendAsync(
            $"GET /chat?id={token} HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 101", await socket.ReadHeadAsync(), StringComparison.Ordinal);
        return socket;
    }

    private static async Task<RawConnection> OpenEventsAsync(TestGateway gateway)
    {
        var events = await RawConnection.OpenAsync(gateway.Url);
        await events.SendAsync($"GET /chat?id={await TokenAsync(gateway)} HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\n\r\n");
        await events.ReadHeadAsync();
        return events;
    }

    // A whole life: negotiate, poll, DELETE; a tunnel besides.
    private static async Task PollAndEndAsync(TestGateway gateway)
    {
        var token = await TokenAsync(gateway);
        await AskAsync(gateway, "GET", $"/chat?id={token}");
        await AskAsync(gateway, "DELETE", $"/chat?id={token}");
    }

    private async Task<(TestGateway Gateway, HttpClient Admin)> StartAsync(params string[] options)
    {
        var gateway = await StartGatewayAsync([StartNode("a"), StartNode("b")], options);
        return (gateway, OpenAdmin(gateway));
    }

    private ScriptedNode StartNode(string name) => StartScripted(name, async exchange =>
    {
        var request = exchange.Request;
        if (request.Field("Upgrade") is not null)
        {
            await exchange.AcceptWebSocketAsync();
            await exchange.Connection.ReadAsync(9);
            await exchange.SendAsync("\u0081\u0003abc");
            await exchange.Connection.ReadToEndAsync();
        }
        else if (request.Field("Accept") is "text/event-stream")
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
            await exchange.Connection.ReadToEndAsync();
        }
        else if (request.Head.Contains("/negotiate", StringComparison.Ordinal))
        {
            await exchange.AnswerNegotiateAsync(Guid.NewGuid().ToString("N"));
        }
        else
        {
            await (request.Method is "DELETE" ? exchange.AnswerAsync(202) : exchange.AnswerNameAsync());
        }
    });
}
