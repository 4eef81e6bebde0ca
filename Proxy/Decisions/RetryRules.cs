using System.Net.Sockets;
using Microsoft.AspNetCore.Http.Features;
using Proxy.Requests;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Decisions;

/// <summary>Which requests may be tried on another node, and after what.</summary>
/// <remarks>
/// Nothing with an id ever is: its owner alone can answer. A negotiate without a body may be sent twice, since an id that nobody
/// uses dies on its node within 15 s. Other requests may only move while it is certain that nothing was sent.
/// </remarks>
internal static class RetryRules
{
    /// <summary>Nodes that one request is tried on at the most.</summary>
    public const int MostTries = 3;

    /// <summary>Opens a connection, and may be repeated.</summary>
    public static bool IsRepeatable(HttpContext context, in RequestInfo request) =>
        request.IsIdLess && request.Kind is RequestKind.Negotiate or RequestKind.WebSocket && HasNoBody(context);

    /// <summary>Opens a connection, and has to be answered within the negotiate's deadline; a body that can be sent once only does not change that.</summary>
    public static bool HasDeadline(HttpContext context, in RequestInfo request) => request.Kind is RequestKind.Negotiate || IsRepeatable(context, request);

    /// <summary>Has no side effect by its method, so that it may move while it is unsent.</summary>
    public static bool IsMovable(HttpContext context, in RequestInfo request) =>
        request.IsIdLess
        && (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) || HttpMethods.IsOptions(context.Request.Method))
        && HasNoBody(context);

    /// <summary>An answer of a node to a negotiate that another node may give better.</summary>
    public static bool IsUnavailable(int status) =>
        status is StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout;

    /// <summary>Whether no connection to the node came about, so that nothing was sent.</summary>
    public static bool IsConnectFailure(Exception? exception) => exception switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError } => true,
        HttpRequestException { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } } => true,
        OperationCanceledException { InnerException: TimeoutException } => true, // SocketsHttpHandler.ConnectTimeout
        _ => false,
    };

    /// <summary>Whether the failure lies with the client, or is a tunnel's or stream's ordinary end.</summary>
    public static bool IsClientFailure(HttpContext context, ForwarderError error) =>
        context.RequestAborted.IsCancellationRequested || error is ForwarderError.RequestBodyClient or ForwarderError.RequestBodyCanceled
            or ForwarderError.ResponseBodyClient or ForwarderError.UpgradeRequestClient or ForwarderError.UpgradeResponseClient;

    private static bool HasNoBody(HttpContext context) =>
        context.Request.ContentLength is null or 0 && context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true };
}
