using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Proxy.Decisions;
using Proxy.Forwarding.Senders;
using Proxy.Outcomes;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Forwarding.Tunnels;

/// <summary>Sends a WebSocket handshake to a node with YARP's own transforms, and has the connection carried through a tunnel.</summary>
/// <remarks>
/// Step 5 of <see cref="StickyForwarder"/>: 5.1. Make the node's request. 5.2. Send it, on a socket of the gateway's own where that can be handed off.
/// 5.3. Take in the answer. 5.4. Relay a refusal. 5.5. Carry the connection.
/// </remarks>
internal sealed class WebSocketSender(HandOffCarrier handOffs, StreamCarrier streams, Refusals refusals, TimeProvider time)
{
    /// <summary>Sends the handshake; returns when the tunnel has ended, or was handed off, or the node's refusal has been relayed.</summary>
    /// <param name="call">The request.</param>
    /// <param name="attempt">The attempt that has begun on the node.</param>
    /// <param name="form">How the node is asked.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async ValueTask<ForwarderError> SendAsync(ForwarderCall call, Attempt attempt, HandshakeForm form, CancellationToken cancellationToken)
    {
        var (context, routed, client, _, transformer) = call;
        using var request = WebSocketHandshake.CreateRequest(form);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, cancellationToken);
        NodeHandshake? handshake = null;
        HttpResponseMessage answer;
        try
        {
            // 5.1. Make the node's request.
            await transformer.TransformRequestAsync(context, request, attempt.Node.Address, linked.Token);
            if (context.Response.HasStarted || context.Response.StatusCode is not StatusCodes.Status200OK)
            {
                return ForwarderError.None; // a transform has answered
            }

            if (!WebSocketHandshake.TryCompleteRequest(context, request))
            {
                await refusals.WriteAsync(context, routed, new Refusal(RoutingOutcome.BadRequest, "Sec-WebSocket-Key is not one value of 16 bytes in base64."));
                return ForwarderError.None;
            }

            // 5.2. Send it.
            if (OperatingSystem.IsLinux() && form is HandshakeForm.Upgrade && HandOffCarrier.Find(context, routed, request) is { } handOff)
            {
                (handshake, answer) = await NodeHandshake.SendAsync(
                    handOff.EventLoop, attempt.Node.State, request, routed.Snapshot.Options.Timeouts.Connect, time, linked.Token);
            }
            else
            {
                answer = await client.SendAsync(request, linked.Token);
            }
        }
        catch (HttpRequestException e) when (form is HandshakeForm.ConnectElseUpgrade && WebSocketHandshake.IsConnectImpossible(e))
        {
            return await SendAsync(call, attempt, HandshakeForm.Upgrade, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            return Fail(context, Classify(e, linked.Token), e);
        }

        using (handshake)
        using (answer)
        {
            try
            {
                return await AnswerAsync(context, routed, attempt, request, answer, handshake, transformer, linked.Token);
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
            {
                return Fail(context, ForwarderError.ResponseBodyDestination, e);
            }
        }
    }

    private async ValueTask<ForwarderError> AnswerAsync(
        HttpContext context, RoutedRequest routed, Attempt attempt, HttpRequestMessage request, HttpResponseMessage answer, NodeHandshake? handshake,
        HttpTransformer transformer, CancellationToken cancellationToken)
    {
        // 5.3. Take in the answer.
        context.Response.StatusCode = (int)answer.StatusCode;
        if (!HttpProtocol.IsHttp2(context.Request.Protocol)
            && !string.Equals(answer.ReasonPhrase, ReasonPhrases.GetReasonPhrase((int)answer.StatusCode), StringComparison.Ordinal))
        {
            context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = answer.ReasonPhrase;
        }

        if (!await transformer.TransformResponseAsync(context, answer, cancellationToken))
        {
            return ForwarderError.None;
        }

        // 5.4. Relay a refusal.
        if (!WebSocketHandshake.IsAgreed(request, answer))
        {
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            await answer.Content.CopyToAsync(context.Response.Body, cancellationToken);
            await transformer.TransformResponseTrailersAsync(context, answer, cancellationToken);
            return ForwarderError.None;
        }

        if (!WebSocketHandshake.TryCompleteAnswer(context, request))
        {
            return Fail(context, ForwarderError.ResponseHeaders, new InvalidOperationException("The node's Sec-WebSocket-Accept does not match."));
        }

        // 5.5. Carry the connection.
        var hasExtensions = answer.Headers.NonValidated.Contains(HeaderNames.SecWebSocketExtensions);
        if (OperatingSystem.IsLinux() && handshake is { IsReleasable: true })
        {
            await handOffs.CarryAsync(context, routed, attempt, handshake, hasExtensions);
        }
        else
        {
            await streams.CarryAsync(context, routed, attempt, answer, hasExtensions, cancellationToken);
        }

        return ForwarderError.None;
    }

    private static ForwarderError Classify(Exception exception, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? ForwarderError.RequestCanceled
        : exception is OperationCanceledException ? ForwarderError.RequestTimedOut
        : ForwarderError.Request;

    private static ForwarderError Fail(HttpContext context, ForwarderError error, Exception exception)
    {
        context.Features.Set<IForwarderErrorFeature>(new ForwardingError(error, exception));
        if (!context.Response.HasStarted)
        {
            context.Response.Clear();
            context.Response.StatusCode = error is ForwarderError.RequestTimedOut ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status502BadGateway;
        }

        return error;
    }

    private sealed record ForwardingError(ForwarderError Error, Exception? Exception) : IForwarderErrorFeature;
}
