using System.Net.Sockets;
using Microsoft.AspNetCore.Http.Features;
using Proxy.Authentication;
using Proxy.Clusters;
using Proxy.Requests;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Decisions;

/// <summary>Which requests may be tried on another node, and after what.</summary>
/// <remarks>
/// A request with an id never is: its owner alone can answer. A negotiate without a body may be sent twice, since an id that no client uses dies on its node
/// within 15 s. Other requests, whatever their method, may move while it is certain that nothing was sent: without a connection to the node not a byte of
/// the body has been read from the client either. So may those whose credentials belong to a connection, except in the middle of a handshake, which only the
/// node that has begun it can go on with.
/// </remarks>
internal static class RetryRules
{
    /// <summary>On how many nodes one request is tried.</summary>
    public const int MaxNodes = 3;

    /// <summary>The request opens a connection and may be sent again.</summary>
    public static bool IsRepeatable(HttpContext context, in RequestInfo request) =>
        !request.HasId && request.Kind is RequestKind.Negotiate or RequestKind.WebSocket && HasNoBody(context);

    /// <summary>The request opens a connection and has to be answered within the negotiate's deadline, also with a body that can be sent only once.</summary>
    public static bool HasDeadline(HttpContext context, in RequestInfo request) => request.Kind is RequestKind.Negotiate || IsRepeatable(context, request);

    /// <summary>No node owns the request, so that it may move while it is unsent.</summary>
    public static bool IsMovable(in RequestInfo request) => !request.HasId;

    /// <summary>Whether another node may be tried after an attempt that got no answer for the client.</summary>
    public static bool MayTryNextNode(HttpContext context, RoutedRequest routed, Attempt attempt)
    {
        var hasCredentials = routed.Request.HasConnectionCredentials;
        if (hasCredentials && PrivateConnections.Of(context)?.Use(attempt.Node.State) is { IsInHandshake: true })
        {
            return false;
        }

        if (attempt.Lease is { Answer: not GateAnswer.Entered and var refused })
        {
            return refused is GateAnswer.NodeGone;
        }

        return attempt is { Error: not ForwarderError.None, Limit: null or { TimedOut: false } }
            && !IsClientFailure(context, attempt.Error)
            && !context.Response.HasStarted
            && !HasAnswered(routed, attempt)
            && (IsConnectFailure(context.GetForwarderErrorFeature()?.Exception)
                ? IsMovable(routed.Request)
                : IsRepeatable(context, routed.Request) && !hasCredentials);
    }

    /// <summary>Whether the node has answered. A negotiate's answer that broke off while it was read for its id is none.</summary>
    /// <remarks>The client has seen nothing of such an answer.</remarks>
    public static bool HasAnswered(RoutedRequest routed, Attempt attempt) =>
        attempt.NodeStatus != 0 && !(routed.Request.Kind is RequestKind.Negotiate && attempt.Error is ForwarderError.ResponseHeaders);

    /// <summary>A status of a node's answer to a negotiate that another node may give a better answer for.</summary>
    public static bool IsUnavailable(int status) =>
        status is StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout;

    /// <summary>Whether no connection to the node was made, so that nothing was sent.</summary>
    public static bool IsConnectFailure(Exception? exception) => exception switch
    {
        HttpRequestException { InnerException: PrivateConnectionLostException } => false,
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
        } => true,
        HttpRequestException { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } } => true,
        OperationCanceledException { InnerException: TimeoutException } => true, // SocketsHttpHandler.ConnectTimeout
        _ => false,
    };

    /// <summary>Whether the failure lies with the client, or is the ordinary end of a tunnel or an event stream.</summary>
    public static bool IsClientFailure(HttpContext context, ForwarderError error) =>
        context.RequestAborted.IsCancellationRequested || error is ForwarderError.RequestBodyClient or ForwarderError.RequestBodyCanceled
            or ForwarderError.ResponseBodyClient or ForwarderError.UpgradeRequestClient or ForwarderError.UpgradeResponseClient;

    /// <summary>Whether a private connection had ended before the request, which is not the node's fault.</summary>
    public static bool IsConnectionLost(Exception? exception) => exception is HttpRequestException { InnerException: PrivateConnectionLostException };

    private static bool HasNoBody(HttpContext context) =>
        context.Request.ContentLength is null or 0 && context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true };
}
