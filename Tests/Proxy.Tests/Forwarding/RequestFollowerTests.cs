using Proxy.Configuration;
using Proxy.Decisions;
using Proxy.Forwarding;
using Proxy.Requests;
using Proxy.Requests.Protocols;
using Xunit;

namespace Proxy.Tests.Forwarding;

public sealed class RequestFollowerTests
{
    private readonly TestCluster _cluster = new("a", "b");
    private readonly RequestFollower _follower;

    public RequestFollowerTests()
    {
        _cluster.Hubs.Learn("/chat");
        _cluster.Learn("learned", "a");
        _follower = new RequestFollower(_cluster.Connections, _cluster.Hubs);
    }

    private (int WebSockets, int Streams, int Polls, int Known) Counts
    {
        get
        {
            var (a, b) = (_cluster["a"].State.Connections, _cluster["b"].State.Connections);
            return (a.WebSockets + b.WebSockets, a.ServerSentEvents + b.ServerSentEvents, a.LongPolling + b.LongPolling, a.Known + b.Known);
        }
    }

    [Fact]
    public void Poll_OfAConnection_CountsFromItsStart()
    {
        var routed = Sent(Http.Get("/chat?id=learned"));
        Assert.Equal((0, 0, 1, 1), Counts);

        End(routed, 200);
        Assert.Equal((0, 0, 1, 1), Counts); // the next one is about to come
    }

    [Fact]
    public void TaggedId_IsTheConnectionThatWasNegotiated()
    {
        _cluster.Connections.Bind("tok"u8, _cluster["b"].State, SignalRProtocol.Instance, learned: false, client: null);

        Sent(Http.Get($"/chat?id={_cluster.Tagged("tok", "b")}"));

        Assert.Equal((0, 0, 1, 2), Counts);
        Assert.Equal((1, 0), (_cluster["b"].State.Connections.LongPolling, _cluster["b"].State.Connections.Negotiated));
    }

    [Fact]
    public void TaggedId_NotSeenBefore_IsFollowedFromItsFirstPoll()
    {
        // Negotiated through another replica, or before this one was started.
        Sent(Http.Post($"/chat?id={_cluster.Tagged("tok", "b")}"));
        Assert.Equal((0, 0, 0, 1), Counts);

        Sent(Http.Get($"/chat?id={_cluster.Tagged("tok", "b")}"));
        Assert.Equal((0, 0, 1, 2), Counts);
    }

    [Fact]
    public void OrdinaryRequests_WhateverTheirId_AreNoConnections()
    {
        for (var i = 0; i < 100; i++)
        {
            End(Sent(Http.Get($"/products?id={i}")), 200);
            End(Sent(Http.Post($"/products?id={i}")), 200);
            End(Sent(Http.Get($"/products?connectionToken={i}")), 404);
        }

        Assert.Equal((0, 0, 0, 1), Counts);
        Assert.Equal(1, _cluster.Connections.Count);
    }

    [Fact]
    public void OrdinaryStreams_WithTheSameId_CountOneByOne()
    {
        // Of two users: not one connection of that name, and gone with the request.
        const string target = "/events?id=AbCdEfGhIjKlMnOpQr-_09";
        var one = Opened(Http.Get(target, ("Accept", "text/event-stream")));
        var other = Opened(Http.Get(target, ("Accept", "text/event-stream")));
        var socket = Opened(Http.WebSocket("/ws?id=5"));
        Assert.Equal((1, 2, 0, 4), Counts);

        End(one, 200);
        End(other, 200);
        End(socket, 101);
        Assert.Equal((0, 0, 0, 1), Counts);
    }

    [Fact]
    public void WebSocket_WithoutId_LeavesNothing()
    {
        var routed = Opened(Http.WebSocket("/chat"));
        Assert.Equal((1, 0, 0, 2), Counts);

        End(routed, 101);
        Assert.Equal((0, 0, 0, 1), Counts);
    }

    [Fact]
    public void WebSocket_ThatWasRefused_WasNone()
    {
        var routed = Sent(Http.WebSocket("/chat?id=learned"));
        Assert.Null(routed.Attempt!.Connection);

        End(routed, 409);
        Assert.Equal((0, 0, 0, 1), Counts);
    }

    [Theory]
    [InlineData("DELETE", 202, 0)]
    [InlineData("DELETE", 404, 0)]
    [InlineData("POST", 404, 0)]
    [InlineData("POST", 200, 1)]
    [InlineData("POST", 0, 1)] // no node answered
    [InlineData("GET", 204, 0)]
    [InlineData("GET", 200, 1)]
    [InlineData("GET", 502, 1)]
    public void Ended_ByTheOwnersAnswer_IsForgottenOrKept(string method, int status, int known)
    {
        End(Sent(Http.Request(method, "/chat?id=learned")), status);

        Assert.Equal(known, Counts.Known);
    }

    [Fact]
    public void Ended_PollThatWasReplaced_LeavesTheNext()
    {
        var first = Sent(Http.Get("/chat?id=learned"));
        var second = Sent(Http.Get("/chat?id=learned"));

        End(first, 204);
        Assert.Equal((0, 0, 1, 1), Counts);
        End(second, 204);
        Assert.Equal((0, 0, 0, 0), Counts);
    }

    [Fact]
    public void Ended_DeleteWhileAPollIsPending_IsForgottenWithThePoll()
    {
        var poll = Sent(Http.Get("/chat?id=learned"));
        End(Sent(Http.Request("DELETE", "/chat?id=learned")), 202);
        Assert.Equal(1, Counts.Known);

        End(poll, 0); // the client has dropped it
        Assert.Equal(0, Counts.Known);
    }

    [Theory]
    [InlineData("Cookie")]
    [InlineData("ClientIp")]
    [InlineData("None")]
    [InlineData("Tag")]
    public void Poll_InModesThatDoNotLookAtIds_CountsOnHubPaths(string mode)
    {
        _cluster.Options.Affinity.Mode = Enum.Parse<AffinityMode>(mode);
        _cluster.Refresh();

        End(Sent(Http.Get("/products?id=5")), 200);
        Assert.Equal(1, Counts.Known);
        End(Sent(Http.Get("/chat?id=AbCdEfGhIjKlMnOpQr-_09")), 200);
        Assert.Equal((0, 0, 1, 2), Counts);
    }

    private RoutedRequest Sent(HttpContext context)
    {
        var request = RequestReader.Read(context);
        var routed = new RoutedRequest(request, _cluster.Snapshot, _cluster.Decisions.Decide(context, request, _cluster.Snapshot), isTrustedPeer: false);
        Assert.NotNull(routed.Decision.Node);
        routed.BeginAttempt();
        _follower.Sent(context, routed);
        return routed;
    }

    private RoutedRequest Opened(HttpContext context)
    {
        var routed = Sent(context);
        _follower.Opened(context, routed);
        return routed;
    }

    private void End(RoutedRequest routed, int status)
    {
        routed.Attempt!.Answered(status, isOpen: true);
        _follower.Ended(routed);
        _follower.Ended(routed); // once is enough, twice does no harm
    }
}
