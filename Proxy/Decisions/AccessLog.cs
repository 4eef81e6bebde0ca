using Microsoft.AspNetCore.Http.Features;
using Proxy.Connections;
using Proxy.Metrics;
using Proxy.Outcomes;
using Proxy.Requests;

namespace Proxy.Decisions;

/// <summary>One line for each request, and one for each tunnel and event stream, written when it has ended.</summary>
/// <remarks>
/// Category <c>Proxy.Access</c>, off unless <c>Logging:LogLevel:Proxy.Access</c> is set to Information. Neither the query nor any header is in it.
/// </remarks>
internal sealed partial class AccessLog(ILoggerFactory loggers, ConnectionTable connections, TimeProvider time)
{
    public const string Category = "Proxy.Access";

    private const string Nothing = "-";

    /// <summary>A body without a length of its own; it is passed on uncounted.</summary>
    private const long Unknown = -1;

    private readonly ILogger _logger = loggers.CreateLogger(Category);

    /// <summary>Has the request's line written at its end, once however often this is called.</summary>
    public void Follow(HttpContext context, RoutedRequest routed)
    {
        if (routed.Access is null && _logger.IsEnabled(LogLevel.Information))
        {
            WriteAtEnd(context, routed, new AccessEntry(time.GetUtcNow(), time.GetTimestamp()));
        }
    }

    // This is a method of its own because a method with a closure allocates it when it is entered.
    private void WriteAtEnd(HttpContext context, RoutedRequest routed, AccessEntry entry)
    {
        routed.Access = entry;
        context.Response.OnCompleted(() =>
        {
            if (!entry.IsDeferred)
            {
                Write(context, routed, entry);
            }

            return Task.CompletedTask;
        });
    }

    /// <summary>Leaves the line of a request to its tunnel, which goes on after it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="routed">What is known of it.</param>
    /// <param name="bytes">Reads how many bytes have come from the client and gone to it.</param>
    /// <returns>Writes the line; <see langword="null"/>: the access log is off.</returns>
    public Action<TunnelEnd>? Defer(HttpContext context, RoutedRequest routed, Func<(long FromClient, long ToClient)> bytes)
    {
        if (routed.Access is not { } entry)
        {
            return null;
        }

        entry.IsDeferred = true;
        var parties = Describe(context, routed, entry); // by the end of the tunnel Kestrel has used the context for another request
        return end =>
        {
            var (fromClient, toClient) = bytes();
            entry.Ended(end, fromClient, toClient);
            WriteTunnel(parties, entry);
        };
    }

    private void Write(HttpContext context, RoutedRequest routed, AccessEntry entry)
    {
        var parties = Describe(context, routed, entry);
        if (entry.End is not null)
        {
            WriteTunnel(parties, entry);
            return;
        }

        Log.Request(
            _logger, context.Request.Method, parties.Path, context.Response.StatusCode, parties.Node, parties.Outcome, parties.Client, parties.Id, entry.Since,
            Milliseconds(entry), context.Request.ContentLength ?? (HasBody(context) ? Unknown : 0), context.Response.ContentLength ?? Unknown, EndOf(context));
    }

    private void WriteTunnel(Parties parties, AccessEntry entry) => Log.Tunnel(
        _logger, parties.Transport, parties.Path, parties.Node, parties.Outcome, parties.Client, parties.Id, entry.Since, time.GetUtcNow(), Milliseconds(entry),
        entry.BytesIn, entry.BytesOut, entry.End!);

    private double Milliseconds(AccessEntry entry) => Math.Round(time.GetElapsedTime(entry.StartedAt).TotalMilliseconds, 3);

    private Parties Describe(HttpContext context, RoutedRequest routed, AccessEntry entry)
    {
        var request = routed.Request;
        var path = context.Request.Path.ToUriComponent(); // encoded: a line break in it must not make a line
        if (request.Malformed is not null && path.IndexOf("%23", StringComparison.Ordinal) is > 0 and var fragment)
        {
            path = path[..fragment]; // refused for it; OAuth puts tokens into fragments
        }

        return new Parties(
            request.Transport.Name(),
            path,
            routed.Decision.Node?.Name ?? Nothing,
            (entry.Refusal ?? routed.Decision.Outcome).Name(),
            context.ClientAddress()?.ToString() ?? Nothing,
            request.HasId ? routed.HashId(connections.Hasher).ToString() : Nothing);
    }

    private static bool HasBody(HttpContext context) => context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true };

    private static string EndOf(HttpContext context) =>
        context.GetForwarderErrorFeature() is { } failure ? (RetryRules.IsClientFailure(context, failure.Error) ? "client gone" : "node failed")
        : context.RequestAborted.IsCancellationRequested ? "client gone"
        : "completed";

    private sealed record Parties(string Transport, string Path, string Node, string Outcome, string Client, string Id);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Method} {Path} {Status} by {NodeName} ({Outcome}), client {Client}, connection {Connection}, "
            + "at {Start:O} for {Milliseconds} ms, in {BytesIn} B, out {BytesOut} B, {End}", EventName = "Request", SkipEnabledCheck = true)]
        public static partial void Request(
            ILogger logger, string method, string path, int status, string nodeName, string outcome, string client, string connection, DateTimeOffset start,
            double milliseconds, long bytesIn, long bytesOut, string end);

        [LoggerMessage(2, LogLevel.Information, "{Transport} {Path} by {NodeName} ({Outcome}), client {Client}, connection {Connection}, "
            + "from {Start:O} to {Stop:O}, {Milliseconds} ms, in {BytesIn} B, out {BytesOut} B, ended by {End}", EventName = "Tunnel", SkipEnabledCheck = true)]
        public static partial void Tunnel(
            ILogger logger, string transport, string path, string nodeName, string outcome, string client, string connection, DateTimeOffset start,
            DateTimeOffset stop, double milliseconds, long bytesIn, long bytesOut, string end);
    }
}
