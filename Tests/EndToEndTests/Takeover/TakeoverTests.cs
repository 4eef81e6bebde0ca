using System.Net;
using System.Text.Json;
using EndToEndTests.Clients;
using HubNode;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Tests.Common;
using Xunit;

namespace EndToEndTests.Takeover;

/// <summary>The gateway takes the place of a running HAProxy, on its port and in front of its nodes, while clients are connected.</summary>
/// <remarks>docs/migrating-from-haproxy.md has the figures that these tests print.</remarks>
public sealed class TakeoverTests : EndToEndTestBed
{
    private const int LongPolling = 20;
    private const int OfTheLibrary = 10;
    private const int OnWebSockets = 20;

    private static readonly TimeSpan[] Delays = [.. Enumerable.Repeat(TimeSpan.FromMilliseconds(250), 120)];

    private readonly List<RawLongPollingClient> _polling = [];
    private TestNode[] _nodes = [];
    private ProxyProcess? _haproxy;
    private GatewayProcess? _gateway;

    private int Retries => _polling.Sum(static client => client.Retries);

    public override async ValueTask InitializeAsync()
    {
        _nodes = await Task.WhenAll(((string[])["a", "b", "c"]).Select(name => StartNodeAsync(name, "--poll-timeout", "2")));
        _haproxy = Own(await HAProxyProxy.StartAsync(_nodes.Select(node => (node.Name, node.Url)), ["cookie SRV insert indirect nocache"]));
    }

    /// <summary>HAProxy is stopped and with it every connection. What carries an id goes on where it was, everybody else comes back to it.</summary>
    [Fact]
    public async Task HAProxyStopped_LongPollingGoesOn_OthersComeBackToTheirNodes()
    {
        using var pool = LightClient.CreatePool();
        var polling = await StartPollingAsync();
        var library = await Task.WhenAll(((HttpTransportType[])[HttpTransportType.ServerSentEvents, HttpTransportType.LongPolling])
            .SelectMany(static transport => Enumerable.Repeat(transport, OfTheLibrary)).Select(StartLibraryClientAsync));
        var sockets = Enumerable.Range(0, OnWebSockets).Select(_ => new LightClient(pool, _haproxy!.Url, keepsCookies: true)).ToList();
        await using var connected = new Group(sockets);
        await Task.WhenAll(sockets.Select(client => client.StartAsync(Cancel)));
        var socketNodes = sockets.Select(client => client.Node).ToList();

        await _haproxy!.StopAsync();
        await StartGatewayInItsPlaceAsync();

        await AssertPollingGoesOnAsync(polling);
        foreach (var (client, before, reconnected) in library)
        {
            await Eventually.CompletesAsync(reconnected);
            Assert.Equal(before.Node, (await client.InvokeAsync<HubCaller>("WhoAmI", Cancel)).Node);
        }

        foreach (var (client, node) in sockets.Zip(socketNodes))
        {
            await Eventually.HoldsAsync(() => client.Connections == 2 && client.Node is not null, expectation: "the WebSocket is back");
            Assert.Equal(node, client.Node);
        }

        AssertEachConnectionOnOneNode();
        var outcomes = await OutcomesAsync();
        Assert.InRange(outcomes.GetProperty("probe").GetInt32(), LongPolling, 2 * LongPolling); // a poll and a send may come at once
        AssertCameByTheOldCookie((2 * OfTheLibrary) + OnWebSockets, outcomes);
        Say([
            $"{LongPolling} on long polling went on, {Retries} of their requests found nobody and were sent again, none was lost",
            $"{2 * OfTheLibrary} of the library and {OnWebSockets} on WebSockets came back to their nodes", outcomes.ToString(),
        ]);
    }

    /// <summary>A soft stop: what is open stays at HAProxy, what comes goes to the gateway, and clients that are busy notice nothing.</summary>
    [Fact]
    public async Task HAProxyStoppedSoftly_BusyClients_LoseNothing()
    {
        var polling = await StartPollingAsync();
        var streams = await Task.WhenAll(Enumerable.Repeat(HttpTransportType.ServerSentEvents, OfTheLibrary).Select(StartLibraryClientAsync));
        using var done = new CancellationTokenSource();
        var busy = polling.Select(client => KeepBusyAsync(client.Client, client.Before, done.Token)).ToList();

        await _haproxy!.StopSoftlyAsync();
        await StartGatewayInItsPlaceAsync();

        // The streams are still HAProxy's; what their clients send goes through the gateway, which has never seen these ids.
        foreach (var (client, before, reconnected) in streams)
        {
            Assert.Equal(before, await client.InvokeAsync<HubCaller>("WhoAmI", Cancel));
            Assert.False(reconnected.IsCompleted);
        }

        await AssertPollingGoesOnAsync(polling);
        await done.CancelAsync();
        var calls = await Task.WhenAll(busy);
        await _haproxy.StopAsync();
        foreach (var (client, before, reconnected) in streams)
        {
            await Eventually.CompletesAsync(reconnected);
            Assert.Equal(before.Node, (await client.InvokeAsync<HubCaller>("WhoAmI", Cancel)).Node);
        }

        AssertEachConnectionOnOneNode();
        AssertCameByTheOldCookie(OfTheLibrary, await OutcomesAsync());
        Say([
            $"{calls.Sum()} calls of {LongPolling} clients on long polling during it, "
            + $"{Retries} of their requests found nobody and were sent again, none was lost",
        ]);
    }

    private static async Task<int> KeepBusyAsync(RawLongPollingClient client, HubCaller before, CancellationToken done)
    {
        var calls = 0;
        for (; !done.IsCancellationRequested; calls++)
        {
            Assert.Equal(before, await client.InvokeAsync<HubCaller>("WhoAmI"));
        }

        return calls;
    }

    private async Task<(RawLongPollingClient Client, HubCaller Before)[]> StartPollingAsync()
    {
        for (var i = 0; i < LongPolling; i++)
        {
            _polling.Add(Own(new RawLongPollingClient(() => Hub(_haproxy!.Url), new SocketsHttpHandler { CookieContainer = new CookieContainer() })));
        }

        return await Task.WhenAll(_polling.Select(async client =>
        {
            await client.StartAsync();
            return (client, await client.InvokeAsync<HubCaller>("WhoAmI"));
        }));
    }

    private static async Task AssertPollingGoesOnAsync((RawLongPollingClient Client, HubCaller Before)[] clients)
    {
        foreach (var (client, before) in clients)
        {
            Assert.Equal(before, await client.InvokeAsync<HubCaller>("WhoAmI"));
            Assert.Null(client.EndedBy);
        }
    }

    private async Task<(HubConnection Client, HubCaller Before, Task<bool> Reconnected)> StartLibraryClientAsync(HttpTransportType transport)
    {
        var client = Own(new HubConnectionBuilder().WithUrl(Hub(_haproxy!.Url), transport).WithAutomaticReconnect(Delays).Build());
        var reconnected = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        client.Reconnected += _ =>
        {
            reconnected.TrySetResult(true);
            return Task.CompletedTask;
        };
        await client.StartAsync(Cancel);
        return (client, await client.InvokeAsync<HubCaller>("WhoAmI", Cancel), reconnected.Task);
    }

    private async Task StartGatewayInItsPlaceAsync() => _gateway = await StartGatewayProcessAsync([
        "--urls", _haproxy!.Url.GetLeftPart(UriPartial.Authority),
        .. _nodes.Select(node => $"--Gateway:Nodes:{node.Name}:Address={node.Url.GetLeftPart(UriPartial.Authority)}"),
        .. _nodes.Select(node => $"--Gateway:Nodes:{node.Name}:ForeignKey=s-{node.Name}"),
        "--Gateway:Affinity:Foreign:0:Kind=haproxy", "--Gateway:Affinity:Foreign:0:Cookie=SRV", "--Gateway:Affinity:OnUnknown=Probe",
        $"--Gateway:Hubs:0={HubNodeApp.HubPath}",
    ]);

    private async Task<JsonElement> OutcomesAsync() => (await _gateway!.Admin.GetAsync("/affinity")).GetProperty("outcomes");

    // Nodes that have not said 200 were asked by OnUnknown: they do not know the connection, or were not waited for.
    private void AssertEachConnectionOnOneNode() => Assert.All(
        AtNodes.Requests.Where(request => request is { Id.Length: > 0, Status: 200 }).GroupBy(request => request.Id, StringComparer.Ordinal),
        connection => Assert.Single(connection.Select(request => request.Site).Distinct(StringComparer.Ordinal)));

    private static void Say(IEnumerable<string> lines) => TestContext.Current.TestOutputHelper?.WriteLine(string.Join(Environment.NewLine, lines));

    // Clients on long polling ask without an id whether somebody listens again, by their old cookie, once for a poll and once for a send.
    private static void AssertCameByTheOldCookie(int clients, JsonElement outcomes) =>
        Assert.InRange(outcomes.GetProperty("foreign-cookie").GetInt32(), clients, clients + (2 * LongPolling));

    /// <summary>Goes before the pool that its members share.</summary>
    private sealed class Group(IReadOnlyList<LightClient> members) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await Task.WhenAll(members.Select(member => member.DisposeAsync().AsTask()));
    }
}
