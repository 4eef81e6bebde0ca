using System.Runtime.CompilerServices;
using Microsoft.Net.Http.Headers;
using Proxy.Decisions;
using Proxy.Forwarding.Senders;
using Proxy.Forwarding.Tunnels;
using Proxy.Outcomes;
using Proxy.Requests;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Forwarding;

/// <summary>Takes the place of YARP's forwarder for requests that were decided about, and chooses their sender.</summary>
/// <remarks>
/// <code>
/// client ──► 1 StickyForwarder
///                │
///                ▼
///            2 sender ◄───────────────────────────────┐
///                │                                    │
///                ▼                                    │ 8 another node
///            3 NodeSender (one attempt on one node)   │
///                │                        ▲           │
///                ▼                        │           │
///            4 RequestSteps           7 verdict ──────┘
///                │                        ▲
///                ▼                        │
///            5 YARP's forwarder ──► 6 ResponseSteps ──► client
///              or WebSocketSender
///              │                ▲
///              ▼                │
///            +--------------------+
///            | node               |
///            +--------------------+
/// </code>
/// <list type="number">
/// <item>Requests of clusters that do not take part go to YARP's forwarder as they are. A negotiate that sends its client to the node is answered by
/// <see cref="RedirectSender"/>.</item>
/// <item>The sender says how long a request may last and whether another node may answer it: <see cref="RetryingSender"/> for what no node owns, else
/// <see cref="PollSender"/>, <see cref="EventStreamSender"/> or <see cref="SingleSender"/>. It begins an <see cref="Attempt"/>; one that opens a connection
/// waits for its place at the node first.</item>
/// <item><see cref="NodeSender"/> counts the request while it is open, and reports a failure to the node's health.</item>
/// <item><see cref="RequestSteps"/> make the node's request. They are called by the forwarder of step 5.</item>
/// <item>YARP's forwarder sends it, or <see cref="WebSocketSender"/> for a WebSocket.</item>
/// <item><see cref="ResponseSteps"/> take in the answer before the client sees any of it.</item>
/// <item>Their <see cref="Verdict"/> says what becomes of it.</item>
/// <item>Where it says so, or there was no answer, <see cref="RetryingSender"/> turns to another node.</item>
/// </list>
/// A request that no node has answered gets its answer from <see cref="FailureResponse"/>.
/// <para>What every request with an id passes through takes its state machines from a pool: they would be most of what the gateway allocates for it.</para>
/// </remarks>
/// <param name="forwarder">YARP's own forwarder.</param>
/// <param name="redirects">For negotiates that are answered with the node's address.</param>
/// <param name="retrying">For requests without an owner.</param>
/// <param name="polls">For SignalR's long polling.</param>
/// <param name="eventStreams">For Server-Sent Events.</param>
/// <param name="single">For everything else.</param>
/// <param name="upgrades">How many WebSockets there may be.</param>
/// <param name="refusals">Answers one too many.</param>
internal sealed partial class StickyForwarder(
    [FromKeyedServices(NodeSender.Forwarder)] IHttpForwarder forwarder,
    RedirectSender redirects, RetryingSender retrying, PollSender polls, EventStreamSender eventStreams, SingleSender single, UpgradeLimit upgrades,
    Refusals refusals) : IHttpForwarder
{
    public ValueTask<ForwarderError> SendAsync(
        HttpContext context, string destinationPrefix, HttpMessageInvoker httpClient, ForwarderRequestConfig requestConfig, HttpTransformer transformer) =>
        SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, CancellationToken.None);

    public ValueTask<ForwarderError> SendAsync(
        HttpContext context, string destinationPrefix, HttpMessageInvoker httpClient, ForwarderRequestConfig requestConfig, HttpTransformer transformer,
        CancellationToken cancellationToken)
    {
        // 1. Is the request one of ours?
        if (context.Features.Get<RoutedRequest>() is not { } routed)
        {
            return forwarder.SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, cancellationToken);
        }

        if (RedirectSender.IsFor(routed))
        {
            return RedirectAsync(context, routed);
        }

        if (routed.Request.Transport is not Transport.WebSockets)
        {
            // YARP forwards upgrades to SPDY, too, and makes a GET of a POST that asks for a WebSocket.
            context.Request.Headers.Remove(HeaderNames.Upgrade);
        }

        // 2. Choose the sender.
        var call = new ForwarderCall(context, routed, httpClient, requestConfig, transformer);
        return routed.Request.Transport is Transport.WebSockets ? SendWebSocketAsync(call) : ChooseSender(call);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ForwarderError> SendWebSocketAsync(ForwarderCall call)
    {
        if (!upgrades.TryEnter())
        {
            await refusals.WriteAsync(call.Context, call.Routed, Refusal.Of(RoutingOutcome.TooManyWebSockets));
            return ForwarderError.None;
        }

        try
        {
            return await ChooseSender(call);
        }
        finally
        {
            if (!call.Routed.IsHandedOff)
            {
                upgrades.Leave();
            }
        }
    }

    private ValueTask<ForwarderError> ChooseSender(ForwarderCall call)
    {
        var (context, routed, _, _, _) = call;
        if (RetryRules.HasDeadline(context, routed.Request) || RetryRules.IsMovable(routed.Request))
        {
            return retrying.SendAsync(call);
        }

        return routed.Request switch
        {
            { Transport: Transport.LongPolling, Protocol.ResumesPolls: true } => polls.SendAsync(call),
            { Transport: Transport.ServerSentEvents } => eventStreams.SendAsync(call),
            _ => single.SendAsync(call),
        };
    }

    private async ValueTask<ForwarderError> RedirectAsync(HttpContext context, RoutedRequest routed)
    {
        await redirects.AnswerAsync(context, routed);
        return ForwarderError.None;
    }
}
