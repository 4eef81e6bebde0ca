using System.Net;
using LoadTests.Connections;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Tests.Common;
using Xunit;

namespace EndToEndTests.DotNetClient;

/// <summary>A hub connection over each transport.</summary>
public sealed class HubConnectionTests : ClientTest
{
    [Theory, MemberData(nameof(Transports))]
    public async Task Invoke_EachTransport_Answers(HttpTransportType transport)
    {
        await using var connection = await StartAsync(transport);

        Assert.Equal("hello", await connection.InvokeAsync<string>("Echo", "hello", Cancel));
        Assert.Equal(Trace.ConnectionId, connection.ConnectionId);
        Assert.NotEqual(Trace.ConnectionId, Trace.ConnectionToken);
        Assert.Equal(200, Trace.LastNegotiateStatus);
        Assert.Equal(0, Trace.FailedRequests);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Invoke_ManyAtOnceAndLarge_AllAnswer(HttpTransportType transport)
    {
        await using var connection = await StartAsync(transport);
        var texts = Enumerable.Range(0, 50).Select(i => new string((char)('a' + (i % 26)), i * 400)).Append(new string('z', 300_000)).ToArray();

        var answers = await Task.WhenAll(texts.Select(text => connection.InvokeAsync<string>("Echo", text, Cancel)));

        Assert.Equal(texts, answers);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Stream_FromServer_ArrivesInOrder(HttpTransportType transport)
    {
        await using var connection = await StartAsync(transport);

        var numbers = await connection.StreamAsync<int>("Count", 100, Cancel).ToListAsync(Cancel);

        Assert.Equal(Enumerable.Range(0, 100), numbers);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Stream_ToServer_ArrivesWhole(HttpTransportType transport)
    {
        await using var connection = await StartAsync(transport);

        var sum = await connection.InvokeAsync<int>("Sum", Enumerable.Range(1, 100).ToAsyncEnumerable(), Cancel);

        Assert.Equal(5050, sum);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Stop_EachTransport_BothSidesEndCleanly(HttpTransportType transport)
    {
        await using var connection = await StartAsync(transport);
        var closed = WhenClosed(connection);

        await connection.StopAsync(Cancel);

        Assert.Null(await Eventually.CompletesAsync(closed.Task));
        Assert.Null(await Eventually.CompletesAsync(Server.State.Disconnected.Task));
        Assert.Equal(0, Trace.FailedRequests);

        // The hub protocol's close message and the DELETE race each other to the server; either ends a long-polling connection.
        var ends = Trace.Count(HttpRequestKind.Delete, 202) + Trace.Count(HttpRequestKind.Delete, 404) + Trace.Count(HttpRequestKind.Poll, 204);
        Assert.Equal(transport == HttpTransportType.LongPolling ? 1 : 0, ends);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task ServerCloses_EachTransport_ClosedIsRaised(HttpTransportType transport)
    {
        await using var connection = await StartAsync(transport);
        var closed = WhenClosed(connection);

        await connection.SendAsync("CloseMe", Cancel);

        Assert.Null(await Eventually.CompletesAsync(closed.Task));
        Assert.Equal(HubConnectionState.Disconnected, connection.State);
        Assert.Equal(0, Trace.FailedRequests);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task SocketsCut_NoReconnect_ClosedIsRaisedWithTheCause(HttpTransportType transport)
    {
        await using var connection = await StartAsync(transport);
        await connection.InvokeAsync<string>("Echo", "settled", Cancel);
        var closed = WhenClosed(connection);

        Server.CutSockets();

        Assert.NotNull(await Eventually.CompletesAsync(closed.Task));
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task SocketsCut_WithReconnect_NegotiatesAnew(HttpTransportType transport)
    {
        var allCut = new TaskCompletionSource();
        await using var connection = Builder(transport, configure: HoldReconnects(allCut.Task)).WithAutomaticReconnect([TimeSpan.Zero]).Build();
        var reconnecting = new TaskCompletionSource<Exception?>();
        var reconnected = new TaskCompletionSource<string?>();
        connection.Reconnecting += error =>
        {
            reconnecting.TrySetResult(error);
            return Task.CompletedTask;
        };
        connection.Reconnected += id =>
        {
            reconnected.TrySetResult(id);
            return Task.CompletedTask;
        };
        await connection.StartAsync(Cancel);
        await connection.InvokeAsync<string>("Echo", "settled", Cancel);
        var (firstId, firstToken) = (Trace.ConnectionId, Trace.ConnectionToken);

        Server.CutSockets();
        allCut.SetResult();

        Assert.NotNull(await Eventually.CompletesAsync(reconnecting.Task));
        Assert.NotEqual(firstId, await Eventually.CompletesAsync(reconnected.Task));
        Assert.NotEqual(firstToken, Trace.ConnectionToken);
        Assert.Equal(2, Trace.Connections);
        Assert.Equal(2, Trace.Count(HttpRequestKind.Negotiate, 200));
        Assert.Equal("again", await connection.InvokeAsync<string>("Echo", "again", Cancel));
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task ServerGone_WithReconnect_FailedNegotiatesAreCounted(HttpTransportType transport)
    {
        var gone = new TaskCompletionSource();
        await using var connection = Builder(transport, configure: HoldReconnects(gone.Task)).WithAutomaticReconnect([TimeSpan.Zero, TimeSpan.Zero]).Build();
        await connection.StartAsync(Cancel);
        var closed = WhenClosed(connection);

        await Server.DisposeAsync();
        gone.SetResult();

        await Eventually.CompletesAsync(closed.Task);
        Assert.Equal(ObservedResponse.NoAnswer, Trace.LastNegotiateStatus);
        Assert.Equal(2, Trace.Count(HttpRequestKind.Negotiate, ObservedResponse.NoAnswer));
    }

    [Fact]
    public async Task Start_SkipNegotiation_ConnectsWithoutAnId()
    {
        await using var connection = await StartAsync(HttpTransportType.WebSockets, configure: options => options.SkipNegotiation = true);

        Assert.Equal("hello", await connection.InvokeAsync<string>("Echo", "hello", Cancel));
        Assert.Null(connection.ConnectionId);
        Assert.Null(Trace.LastNegotiateStatus);
        Assert.Equal(("GET", "/hub", ""), Assert.Single(Server.State.Requests) is var seen ? (seen.Method, seen.Path, seen.Query) : default);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Start_NegotiateVersion0_TheConnectionIdIsTheId(HttpTransportType transport)
    {
        await using var connection = await StartAsync(transport, configure: options => options.NegotiateVersion = 0);

        Assert.Equal("hello", await connection.InvokeAsync<string>("Echo", "hello", Cancel));
        Assert.Equal(Trace.ConnectionId, Trace.ConnectionToken);
        Assert.Equal("", Server.State.Requests.First().Query);
        Assert.All(Server.State.Requests.Skip(1), request => Assert.Equal("?id=" + connection.ConnectionId, request.Query));
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Requests_WithCookieContainer_CarryTheNegotiatesCookie(HttpTransportType transport)
    {
        await using var connection = await StartAsync(transport, configure: options => options.Cookies = new CookieContainer());
        await connection.InvokeAsync<string>("Echo", "hello", Cancel);

        Assert.All(Server.State.Requests.Skip(1), request => Assert.Equal("node=a", request.Cookie));
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Requests_WithoutCookieContainer_CarryNone(HttpTransportType transport)
    {
        await using var connection = await StartAsync(transport);
        await connection.InvokeAsync<string>("Echo", "hello", Cancel);

        Assert.All(Server.State.Requests, request => Assert.Equal("", request.Cookie));
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Requests_TokenHeadersAndQuery_AreOnAll(HttpTransportType transport)
    {
        await using var connection = await StartAsync(transport, "/hub?tenant=a%20b", options =>
        {
            options.AccessTokenProvider = () => Task.FromResult<string?>("secret");
            options.Headers["X-Test"] = "yes";
        });
        await connection.InvokeAsync<string>("Echo", "hello", Cancel);
        await connection.StopAsync(Cancel);

        Assert.All(Server.State.Requests, request => Assert.Equal(("Bearer secret", "yes"), (request.Authorization, request.TestHeader)));
        Assert.Equal("?tenant=a%20b&negotiateVersion=1", Server.State.Requests.First().Query);
        Assert.All(Server.State.Requests.Skip(1), request => Assert.Equal("?tenant=a%20b&id=" + Trace.ConnectionToken, request.Query));
    }

    [Fact]
    public async Task LongPolling_PollsEndEmpty_TheConnectionGoesOn()
    {
        var polls = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        Trace.OnResponse = _ => CompleteAfter(5, 200, polls);
        await using var connection = await StartAsync(HttpTransportType.LongPolling, "/impatient");

        await Eventually.CompletesAsync(polls.Task);

        Assert.Equal("hello", await connection.InvokeAsync<string>("Echo", "hello", Cancel));
        Assert.Equal(0, Trace.FailedRequests);
    }

    [Fact]
    public async Task LongPolling_PollOutlastsTheClientsLimit_IsSentAnew()
    {
        var polls = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        Trace.OnResponse = _ => CompleteAfter(2, ObservedResponse.NoAnswer, polls);
        await using var connection = await StartAsync(
            HttpTransportType.LongPolling, configure: options => options.PollTimeout = TimeSpan.FromMilliseconds(200));

        await Eventually.CompletesAsync(polls.Task);

        Assert.Equal(HubConnectionState.Connected, connection.State);
        Assert.Equal("hello", await connection.InvokeAsync<string>("Echo", "hello", Cancel));
        Assert.Equal(0, Trace.FailedRequests);
    }

    [Fact]
    public async Task StatefulReconnect_SocketsCut_TheSameConnectionGoesOn()
    {
        await using var connection = await StartAsync(HttpTransportType.WebSockets, configure: options => options.UseStatefulReconnect = true);
        var interrupted = false;
        connection.Reconnecting += _ =>
        {
            interrupted = true;
            return Task.CompletedTask;
        };
        var id = connection.ConnectionId;
        var pending = connection.InvokeAsync<string>("Wait", Cancel);
        await Server.State.Waiting.Task.WaitAsync(Eventually.Patience, Cancel);

        Server.CutSockets();
        Server.State.Answer.SetResult("after the cut");

        Assert.Equal("after the cut", await pending.WaitAsync(Eventually.Patience, Cancel));
        Assert.Equal("hello", await connection.InvokeAsync<string>("Echo", "hello", Cancel));
        Assert.Equal(id, connection.ConnectionId);
        Assert.Equal(1, Trace.Resumptions);
        Assert.Equal(1, Trace.Count(HttpRequestKind.Negotiate, 200));
        Assert.False(interrupted);
    }

    [Fact]
    public void Build_SkipNegotiationOfAnotherTransport_SaysWhy()
    {
        var builder = Builder(HttpTransportType.LongPolling, configure: options => options.SkipNegotiation = true);

        var error = Assert.Throws<ArgumentException>(() => builder.Build());

        Assert.Contains("SkipNegotiation", error.Message, StringComparison.Ordinal);
    }

    private void CompleteAfter(int polls, int status, TaskCompletionSource<bool> source)
    {
        if (Trace.Count(HttpRequestKind.Poll, status) >= polls)
        {
            source.TrySetResult(true);
        }
    }
}
