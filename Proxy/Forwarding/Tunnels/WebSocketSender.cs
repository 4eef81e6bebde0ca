using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Proxy.Decisions;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Forwarding.Tunnels;

/// <summary>Sends a WebSocket handshake to an HTTP/1.1 node with YARP's own transforms, and has the connection carried through a tunnel.</summary>
/// <remarks>
/// Step 5 of <see cref="StickyForwarder"/>: 5.1. Make the node's request. 5.2. Send it, on a socket of the gateway's own where that can be handed off.
/// 5.3. Take in the answer. 5.4. Relay a refusal. 5.5. Carry the connection.
/// </remarks>
internal sealed class WebSocketSender(HandOffCarrier handOffs, StreamCarrier streams, TimeProvider time)
{
    /// <summary>Sends the handshake; returns when the tunnel has ended, or was handed off, or the node's refusal has been relayed.</summary>
    public async ValueTask<ForwarderError> SendAsync(
        HttpContext context, RoutedRequest routed, Attempt attempt, HttpMessageInvoker client, HttpTransformer transformer, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, (Uri?)null)
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
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

            WebSocketHandshake.Complete(context, request);

            // 5.2. Send it.
            if (OperatingSystem.IsLinux() && HandOffCarrier.Find(context, routed, request) is { } handOff)
            {
                (handshake, answer) = await NodeHandshake.SendAsync(handOff.EventLoop, request, routed.Snapshot.Options.Timeouts.Connect, time, linked.Token);
            }
            else
            {
                answer = await client.SendAsync(request, linked.Token);
            }
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
        if (answer.StatusCode is not HttpStatusCode.SwitchingProtocols)
        {
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            await answer.Content.CopyToAsync(context.Response.Body, cancellationToken);
            await transformer.TransformResponseTrailersAsync(context, answer, cancellationToken);
            return ForwarderError.None;
        }

        if (!WebSocketHandshake.TryComplete(context, request))
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
            await streams.CarryAsync(context, routed, attempt, answer.Content, hasExtensions, cancellationToken);
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
