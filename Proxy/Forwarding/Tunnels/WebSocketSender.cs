using System.Net;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using EventLoops;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Proxy.Configuration;
using Proxy.Decisions;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Forwarding.Tunnels;

/// <summary>Sends a WebSocket handshake to an HTTP/1.1 node with YARP's own transforms, and carries the connection through a tunnel that can be closed well.</summary>
internal sealed partial class WebSocketSender(TunnelRegistry tunnels, HandOffEnds ends, AccessLog accessLog, TimeProvider time, ILogger<WebSocketSender> logger)
{
    /// <summary>Appended to the key before it is hashed into the accept value (RFC 6455 1.3).</summary>
    private const string AcceptGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>Sends the handshake; returns when the tunnel has ended or the node's refusal has been relayed.</summary>
    public async ValueTask<ForwarderError> SendAsync(
        HttpContext context, RoutedRequest routed, HttpMessageInvoker client, HttpTransformer transformer, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, (Uri?)null) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, cancellationToken);
        NodeHandshake? handshake = null;
        HttpResponseMessage answer;
        try
        {
            await transformer.TransformRequestAsync(context, request, routed.Node.Address, linked.Token);
            if (context.Response.HasStarted || context.Response.StatusCode is not StatusCodes.Status200OK)
            {
                return ForwarderError.None; // a transform has answered
            }

            CompleteHandshake(context, request);
            if (OperatingSystem.IsLinux() && FindHandOff(context, routed, request) is { } handOff)
            {
                (handshake, answer) = await NodeHandshake.SendAsync(handOff.EventLoop, request, routed.Snapshot.Options.Timeouts.Connect, linked.Token);
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
                return await AnswerAsync(context, routed, request, answer, handshake, transformer, linked.Token);
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
            {
                return Fail(context, ForwarderError.ResponseBodyDestination, e);
            }
        }
    }

    private async ValueTask<ForwarderError> AnswerAsync(
        HttpContext context, RoutedRequest routed, HttpRequestMessage request, HttpResponseMessage answer, NodeHandshake? handshake,
        HttpTransformer transformer, CancellationToken cancellationToken)
    {
        context.Response.StatusCode = (int)answer.StatusCode;
        var isHttp2 = HttpProtocol.IsHttp2(context.Request.Protocol);
        if (!isHttp2 && !string.Equals(answer.ReasonPhrase, ReasonPhrases.GetReasonPhrase((int)answer.StatusCode), StringComparison.Ordinal))
        {
            context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = answer.ReasonPhrase;
        }

        if (!await transformer.TransformResponseAsync(context, answer, cancellationToken))
        {
            return ForwarderError.None;
        }

        if (answer.StatusCode is not HttpStatusCode.SwitchingProtocols)
        {
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            await answer.Content.CopyToAsync(context.Response.Body, cancellationToken);
            await transformer.TransformResponseTrailersAsync(context, answer, cancellationToken);
            return ForwarderError.None;
        }

        if (isHttp2 && !TranslateAnswer(context, request))
        {
            return Fail(context, ForwarderError.ResponseHeaders, new InvalidOperationException("The node's Sec-WebSocket-Accept does not match."));
        }

        if (!isHttp2)
        {
            context.Response.Headers.Connection = HeaderNames.Upgrade;
            context.Response.Headers.Upgrade = "websocket";
        }

        if (OperatingSystem.IsLinux() && handshake is { IsReleasable: true })
        {
            await HandOverAsync(context, routed, answer, handshake);
            return ForwarderError.None;
        }

        return await CarryAsync(context, routed, answer, isHttp2, cancellationToken);
    }

    // Nothing of the request is kept: it ends here, and Kestrel's connection with it.
    [SupportedOSPlatform("linux")]
    private async ValueTask HandOverAsync(HttpContext context, RoutedRequest routed, HttpResponseMessage answer, NodeHandshake handshake)
    {
        var handOff = context.Features.GetRequiredFeature<IHandOff>();
        var connection = routed.Connection;
        if (connection is not null)
        {
            connection.Tunnel = "handoff"; // before the client has its answer: from then on it can be asked for
        }

        await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        if (!handOff.TryRelease(out var client, out var unread))
        {
            return; // the client has left
        }

        var node = handshake.Release();
        if (node < 0)
        {
            Descriptors.Close(client, isAbort: true); // the node has left
            return;
        }

        routed.Connection = null; // its end is told by the tunnel's
        var tunnel = new HandOffTunnel(handOff.EventLoop, client, node, HasExtensions(answer), routed.Node.State, connection, ends, time);
        tunnels.Add(tunnel, routed.Snapshot.Options.Timeouts.WebSocket);
        connection?.Attach(tunnel);
        tunnel.Start(unread, handshake.Unread, accessLog.Defer(context, routed, () => tunnel.Bytes));
    }

    // Where a socket can be taken out at either side, and nothing such as TLS, HTTP/2 or a proxy on the way to the node stands between.
    [SupportedOSPlatform("linux")]
    private static IHandOff? FindHandOff(HttpContext context, RoutedRequest routed, HttpRequestMessage request) =>
        routed.Snapshot.Options.Tunnel is TunnelKind.Auto or TunnelKind.Handoff
            && HttpProtocol.IsHttp11(context.Request.Protocol)
            && request.RequestUri is { } target && string.Equals(target.Scheme, Uri.UriSchemeHttp, StringComparison.Ordinal)
            && context.GetReverseProxyFeature().Cluster.Config.HttpClient?.WebProxy is null
            && context.Features.Get<IHandOff>() is { IsPlain: true } handOff
                ? handOff
                : null;

    private static bool HasExtensions(HttpResponseMessage answer) => answer.Headers.NonValidated.Contains(HeaderNames.SecWebSocketExtensions);

    private async ValueTask<ForwarderError> CarryAsync(
        HttpContext context, RoutedRequest routed, HttpResponseMessage answer, bool isHttp2, CancellationToken cancellationToken)
    {
        if (routed.Connection is { } opened)
        {
            opened.Tunnel = "stream"; // before the client has its answer: from then on it can be asked for
        }

        await using var node = await answer.Content.ReadAsStreamAsync(cancellationToken);
        await using var client = isHttp2
            ? await context.Features.GetRequiredFeature<IHttpExtendedConnectFeature>().AcceptAsync()
            : await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        context.Features.Get<Microsoft.AspNetCore.Http.Timeouts.IHttpRequestTimeoutFeature>()?.DisableTimeout();

        using var tunnel = new StreamTunnel(client, node, HasExtensions(answer), routed.Node.State, routed.Connection, time);
        tunnels.Add(tunnel, routed.Snapshot.Options.Timeouts.WebSocket);
        if (routed.Connection is { } connection)
        {
            connection.Attach(tunnel);
        }

        TunnelEnd end;
        try
        {
            end = await tunnel.RunAsync();
        }
        finally
        {
            tunnels.Remove(tunnel);
        }

        routed.Access?.Ended(end, tunnel.Bytes.FromClient, tunnel.Bytes.ToClient);
        Log.TunnelEnded(logger, routed.Node.Name, end, tunnel.Messages.FromClient, tunnel.Messages.ToClient);
        if (end is TunnelEnd.NodeError || (end is TunnelEnd.Node && !tunnel.HasNodeClosed))
        {
            routed.Node.State.ProbeSoon(); // a node that dies breaks its tunnels before the next probe is due
        }

        if (end is TunnelEnd.NodeError or TunnelEnd.Idle or TunnelEnd.ClientError)
        {
            context.Abort(); // what broke must not look like a proper end
        }

        return ForwarderError.None;
    }

    // The Connection and Upgrade fields end at the gateway and are made anew; an HTTP/2 client has no key to send.
    private static void CompleteHandshake(HttpContext context, HttpRequestMessage request)
    {
        request.Headers.TryAddWithoutValidation(HeaderNames.Connection, HeaderNames.Upgrade);
        request.Headers.TryAddWithoutValidation(HeaderNames.Upgrade, "websocket");
        if (HttpProtocol.IsHttp2(context.Request.Protocol))
        {
            request.Headers.Remove(HeaderNames.SecWebSocketKey);
            request.Headers.TryAddWithoutValidation(HeaderNames.SecWebSocketKey, Convert.ToBase64String(RandomNumberGenerator.GetBytes(16)));
        }
    }

    // RFC 8441 5.1: 200 instead of 101, and no accept value, which is checked here in the client's place.
    private static bool TranslateAnswer(HttpContext context, HttpRequestMessage request)
    {
        var key = request.Headers.NonValidated[HeaderNames.SecWebSocketKey].ToString();
        var expected = Convert.ToBase64String(AcceptHash(key));
        if (!string.Equals(context.Response.Headers.SecWebSocketAccept, expected, StringComparison.Ordinal))
        {
            return false;
        }

        context.Response.Headers.Remove(HeaderNames.SecWebSocketAccept);
        context.Response.StatusCode = StatusCodes.Status200OK;
        return true;
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA5350", Justification = "RFC 6455 asks for SHA-1; it proves no secret.")]
    private static byte[] AcceptHash(string key) => SHA1.HashData(Encoding.ASCII.GetBytes(key + AcceptGuid));

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

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Tunnel to node '{NodeName}' ended ({End}): {FromClient} messages from the client, {ToClient} to it.", EventName = "TunnelEnded")]
        public static partial void TunnelEnded(ILogger logger, string nodeName, TunnelEnd end, long fromClient, long toClient);
    }
}
