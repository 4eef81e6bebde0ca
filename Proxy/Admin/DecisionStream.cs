using System.Text;
using System.Text.Json;
using Proxy.Decisions;

namespace Proxy.Admin;

/// <summary><c>GET /affinity/decisions/stream</c>: decisions as server-sent events, as they happen.</summary>
internal sealed class DecisionStream(DecisionLog log, TimeProvider time)
{
    /// <summary>How often a quiet stream carries a comment: a proxy in between must not cut it, and the write shows whether the
    /// client is still there.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    public async Task RunAsync(HttpContext context)
    {
        using var listener = log.Listen();
        if (listener is null)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await context.Response.WriteAsJsonAsync(new ErrorJson($"{DecisionLog.MaxListeners} streams are open already."), AdminJson.Answers.ErrorJson);
            return;
        }

        // The stream has no end of its own, and must not delay the stop of the listener.
        var stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            await WriteAsync(context, ": decisions\n\n", ended.Token);
            while (true)
            {
                await WriteAsync(context, await NextAsync(listener, ended.Token), ended.Token);
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The client has left, or the gateway stops.
        }
    }

    private async Task<string> NextAsync(DecisionListener listener, CancellationToken cancellationToken)
    {
        try
        {
            await listener.Reader.WaitToReadAsync(cancellationToken).AsTask().WaitAsync(Heartbeat, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return ": alive\n\n";
        }

        var text = new StringBuilder();
        if (listener.TakeDropped() is > 0 and var dropped)
        {
            text.Append("event: dropped\ndata: {\"count\":").Append(dropped).Append("}\n\n");
        }

        while (text.Length < 64 * 1024 && listener.Reader.TryRead(out var record))
        {
            text.Append("id: ").Append(record.Number).Append("\nevent: decision\ndata: ")
                .Append(JsonSerializer.Serialize(DecisionJson.Of(record), AdminJson.Default.DecisionJson)).Append("\n\n");
        }

        return text.ToString();
    }

    private static async Task WriteAsync(HttpContext context, string text, CancellationToken cancellationToken)
    {
        await context.Response.WriteAsync(text, cancellationToken);
        await context.Response.Body.FlushAsync(cancellationToken);
    }
}
