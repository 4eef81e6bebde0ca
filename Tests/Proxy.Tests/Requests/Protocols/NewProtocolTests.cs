using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Proxy.Affinity;
using Proxy.Decisions;
using Proxy.Forwarding;
using Proxy.Outcomes;
using Proxy.Requests;
using Proxy.Requests.Protocols;
using Xunit;

namespace Proxy.Tests.Requests.Protocols;

/// <summary>One class is all that a protocol takes: the gateway's own code learns, routes, counts and refuses by it.</summary>
public sealed class NewProtocolTests
{
    private static readonly ClientProtocols WithMadeUp = new([new MadeUpProtocol(), .. ClientProtocols.Default.All]);

    private readonly TestCluster _cluster = new("a", "b");

    [Fact]
    public async Task Id_OfANegotiateAnswer_LeadsBackToItsNode()
    {
        await OpenAsync("abc", "b");

        var (_, routed) = Route(Http.Get("/feed?made=up&session=abc"));

        Assert.Equal((RequestKind.HasId, "made-up", Transport.ServerSentEvents), (routed.Request.Kind, routed.Request.Protocol.Name, routed.Request.Transport));
        Assert.Equal((RoutingOutcome.Store, "b"), (routed.Decision.Outcome, routed.Node.Name));
    }

    [Fact]
    public async Task UnknownId_OnItsHub_IsRefusedInItsOwnWords()
    {
        await OpenAsync("abc", "b");

        var (_, routed) = Route(Http.Get("/feed?made=up&session=other"));

        Assert.Equal(RoutingOutcome.UnknownId, routed.Decision.Outcome);
        Assert.True(routed.Decision.Refusal is { Status: 410, ContentType: "text/html", Text: "<p>No such session</p>" });
    }

    [Theory]
    [InlineData(410, false)]
    [InlineData(404, true)]
    public async Task Answer_OfTheOwner_EndsTheConnectionAsItsProtocolSays(int status, bool isKnown)
    {
        await OpenAsync("abc", "b");
        var follower = new RequestFollower(_cluster.Connections, _cluster.Hubs);
        var (context, routed) = Route(Http.Post("/feed?made=up&session=abc"));

        routed.BeginAttempt();
        follower.Sent(context, routed);
        routed.Attempt!.Answered(status, isOpen: true);
        follower.Ended(routed);

        Assert.Equal(isKnown, _cluster.Connections.FindLearned("abc") is not null);
    }

    [Theory]
    [InlineData(49, true)]
    [InlineData(51, false)]
    public async Task Id_OutlivesItsLastRequest_ForItsLifetime(int seconds, bool isKnown)
    {
        await OpenAsync("abc", "b");
        var poll = _cluster.Connections.RequestStarted(
            _cluster.Connections.Hasher.HashQueryValue("abc"), _cluster["b"].State, new MadeUpProtocol(), Transport.LongPolling, client: null);
        _cluster.Connections.RequestEnded(poll!, Transport.LongPolling, isGone: false, isGoneIfLast: false);

        _cluster.Time.Advance(TimeSpan.FromSeconds(seconds));
        _cluster.Connections.Sweep();

        Assert.Equal(isKnown, _cluster.Connections.FindLearned("abc") is not null);
    }

    [Fact]
    public void Requests_OfOtherProtocols_StayTheirs()
    {
        Assert.Same(SignalRProtocol.Instance, RequestReader.Read(Http.Get("/chat?id=x&session=y"), WithMadeUp).Protocol);
        Assert.Same(SignalRProtocol.Instance, RequestReader.Read(Http.Get("/chat?made=&session=y"), WithMadeUp).Protocol);
        Assert.Same(EngineIOProtocol.Instance, RequestReader.Read(Http.Get("/socket.io/?EIO=4&sid=x"), WithMadeUp).Protocol);
    }

    // A client opens a connection on a node.
    private async Task OpenAsync(string id, string node)
    {
        var request = RequestReader.Read(Http.Request("PUT", "/feed/open?made=up"), WithMadeUp);
        Assert.Equal(RequestKind.Negotiate, request.Kind);
        var routed = new RoutedRequest(request, _cluster.Snapshot, new Decision(RoutingOutcome.Router, _cluster[node]), isTrustedPeer: false);
        using var answer = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent($"session,{id}", Encoding.UTF8, "text/csv") };
        var binder = new NegotiateBinder(_cluster.Connections, _cluster.Hubs, _cluster.Time, NullLogger<NegotiateBinder>.Instance);
        await binder.BindAsync(answer, routed, client: null, TestContext.Current.CancellationToken);
        Assert.Contains("/feed", _cluster.Hubs.Learned);
    }

    private (HttpContext Context, RoutedRequest Routed) Route(HttpContext context)
    {
        var request = RequestReader.Read(context, WithMadeUp);
        return (context, new RoutedRequest(request, _cluster.Snapshot, _cluster.Decisions.Decide(context, request, _cluster.Snapshot), isTrustedPeer: false));
    }
}
