using LoadTests.Connections;
using LoadTests.Engine;
using LoadTests.Scenarios;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Tests.Common;
using Xunit;

namespace EndToEndTests.LoadGenerator;

/// <summary>What is reported of the official client's requests is what a node saw of them.</summary>
public sealed class HubClientsTests : EndToEndTestBed
{
    private const string Cookie = "node=a";
    private const int Connections = 3;

    private readonly ConnectionTrace _log = new();

    public static TheoryData<HttpTransportType, bool, bool> Jars => new MatrixTheoryData<HttpTransportType, bool, bool>(
        [HttpTransportType.WebSockets, HttpTransportType.ServerSentEvents, HttpTransportType.LongPolling], [true, false], [true, false]);

    /// <summary>The requests of a start, each with the transport that sends it.</summary>
    public static TheoryData<HttpTransportType, HttpRequestKind> Starts => new()
    {
        { HttpTransportType.WebSockets, HttpRequestKind.Negotiate },
        { HttpTransportType.WebSockets, HttpRequestKind.WebSocket },
        { HttpTransportType.ServerSentEvents, HttpRequestKind.ServerSentEvents },
        { HttpTransportType.LongPolling, HttpRequestKind.Poll },
    };

    [Theory]
    [InlineData(HttpTransportType.WebSockets, HttpRequestKind.WebSocket, 0)]
    [InlineData(HttpTransportType.ServerSentEvents, HttpRequestKind.ServerSentEvents, 2)] // the handshake and the call; later on also pings
    [InlineData(HttpTransportType.LongPolling, HttpRequestKind.Poll, 2)]
    public async Task Trace_HandshakeAndOneCall_HasTheAnswersOfTheNode(HttpTransportType transport, HttpRequestKind get, int sends)
    {
        var node = await StartNodeAsync("a");
        await using var clients = Clients(node, settings => settings with { Transport = transport });
        await using var connection = clients.Create();

        await HubClients.StartAsync(connection, Cancel);
        Assert.Equal("hello", await connection.InvokeAsync<string>("Echo", "hello", Cancel));

        // The answer of a send may come after what the hub says to it.
        await Eventually.HoldsAsync(
            () => _log.Count(HttpRequestKind.Send, 200) >= sends && Text(_log.Counts()) == Text(AnswersOfNode(get)),
            seen: () => $"{Text(_log.Counts())}; at the node: {Text(AnswersOfNode(get))}");
    }

    [Fact]
    public async Task Trace_LongPollingStops_HasTheDelete()
    {
        var node = await StartNodeAsync("a");
        await using var clients = Clients(node, settings => settings with { Transport = HttpTransportType.LongPolling });

        // The hub's close message and the DELETE race each other to the node; what is second gets a 404. Where the node's answer to the first is there
        // before the client has come to the second, there is none.
        for (var i = 0; i < 20 && Deletes() == 0; i++)
        {
            await using var connection = clients.Create();
            await HubClients.StartAsync(connection, Cancel);
            await connection.StopAsync(Cancel);
        }

        Assert.Equal(1, Deletes());

        int Deletes() => _log.Count(HttpRequestKind.Delete, 202) + _log.Count(HttpRequestKind.Delete, 404);
    }

    [Theory]
    [MemberData(nameof(Jars))]
    public async Task Cookies_EachTransport_AreSentIfTheyAreKept(HttpTransportType transport, bool cookies, bool sharedHttp)
    {
        var node = await StartNodeAsync("a", (context, next) =>
        {
            context.Response.Headers.SetCookie = context.Request.Path.Value!.EndsWith("/negotiate", StringComparison.Ordinal) ? Cookie : default;
            return next(context);
        });
        await using var clients = Clients(node, settings => settings with { Transport = transport, Cookies = cookies, SharedHttp = sharedHttp });

        await clients.OpenAsync(Cancel);
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(number => clients.For(number).InvokeAsync<string>("Echo", "hello", Cancel)));

        Assert.All(AtNodes.Requests.Where(request => request.IsNegotiate), request => Assert.Equal("", request.Cookies)); // each client its own
        Assert.All(AtNodes.Requests.Where(request => !request.IsNegotiate), request => Assert.Equal(cookies ? Cookie : "", request.Cookies));
    }

    [Theory]
    [MemberData(nameof(Starts))]
    public async Task Start_NodeRefuses_ErrorNamesTheRequestAndItsStatus(HttpTransportType transport, HttpRequestKind kind)
    {
        var node = await StartNodeAsync("a", (context, next) =>
        {
            if (!IsOf(context, kind))
            {
                return next(context);
            }

            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.CompletedTask;
        });
        await using var clients = Clients(node, settings => settings with { Transport = transport });
        await using var connection = clients.Create();

        var error = await Assert.ThrowsAnyAsync<Exception>(() => HubClients.StartAsync(connection, Cancel));

        Assert.Equal($"{kind} was answered with status 503.", error.GetBaseException().Message);
        Assert.Equal(1, _log.Count(kind, 503));
    }

    [Theory]
    [MemberData(nameof(Starts))]
    public async Task Start_NodeDoesNotAnswer_ErrorNamesTheRequestAndTheTimeout(HttpTransportType transport, HttpRequestKind kind)
    {
        var node = await StartNodeAsync("a", async (context, next) =>
        {
            if (IsOf(context, kind))
            {
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return;
            }

            await next(context);
        });
        await using var clients = Clients(node, settings => settings with { Transport = transport, Timeout = TimeSpan.FromSeconds(1) });
        await using var connection = clients.Create();

        var error = await Assert.ThrowsAnyAsync<Exception>(() => HubClients.StartAsync(connection, Cancel));

        Assert.Equal($"{kind} was not answered within 00:00:01.", error.GetBaseException().Message);
        Assert.Equal(1, _log.Count(kind, ConnectionTrace.NoAnswer));
    }

    [Fact]
    public async Task LongPolling_PollsThatHangForLongerThanTheTimeout_GoOn()
    {
        var node = await StartNodeAsync("a", "--poll-timeout", "1.5");
        await using var clients = Clients(node, settings => settings with { Transport = HttpTransportType.LongPolling, Timeout = TimeSpan.FromSeconds(1) });

        await clients.OpenAsync(Cancel);
        await Eventually.HoldsAsync(
            () => _log.Count(HttpRequestKind.Poll, 200) >= 4 * Connections,
            expectation: "the first poll, the one that brought the handshake's answer, and two that hung");

        Assert.Equal(0, _log.Count(HttpRequestKind.Poll, ConnectionTrace.NoAnswer));
        Assert.Equal(0, clients.Lost);
    }

    private static bool IsOf(HttpContext context, HttpRequestKind kind) => kind switch
    {
        HttpRequestKind.Negotiate => HttpMethods.IsPost(context.Request.Method),
        HttpRequestKind.WebSocket => context.Request.Headers.Upgrade == "websocket",
        _ => HttpMethods.IsGet(context.Request.Method),
    };

    private static string Text(IEnumerable<KeyValuePair<(HttpRequestKind Kind, int Status), int>> counts) =>
        string.Join(", ", counts.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key.Kind} {pair.Key.Status}: {pair.Value}"));

    private IEnumerable<KeyValuePair<(HttpRequestKind Kind, int Status), int>> AnswersOfNode(HttpRequestKind get) => AtNodes.Requests
        .Where(request => request.Status != 0)
        .CountBy(request => (request.IsNegotiate ? HttpRequestKind.Negotiate : request.Method == "POST" ? HttpRequestKind.Send : get, request.Status));

    private HubClients Clients(TestNode node, Func<LoadSettings, LoadSettings> configure) =>
        new(configure(new LoadSettings { Scenario = "", Url = Hub(node.Url), Connections = Connections }), _log, TimeProvider.System);
}
