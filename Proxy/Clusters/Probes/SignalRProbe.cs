using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using Proxy.Nodes;

namespace Proxy.Clusters.Probes;

/// <summary>Connects to a hub as a client would: one negotiate for each transport that it offers, the transport itself, and the hub's handshake.</summary>
/// <remarks>
/// It finds nodes whose <c>/health</c> is fine but whose WebSockets are not. The hub must let anonymous clients connect. The probe speaks the few messages
/// that it needs by itself:
/// the SignalR client would become a dependency of every application that uses the gateway as a library. A node's load report comes with
/// HTTP health answers only, so under this probe the gateway's own counts decide; its boot id is read off the negotiate answer.
/// </remarks>
internal static class SignalRProbe
{
    /// <summary>Probes a hub; never throws but when the gateway ends the probe.</summary>
    /// <param name="hub">The hub.</param>
    /// <param name="time">For a report's age.</param>
    /// <param name="timeLimit">One limit for everything; its end fails what has not been answered by then.</param>
    public static async Task<ProbeResult> RunAsync(ProbedHub hub, TimeProvider time, CancellationToken timeLimit)
    {
        var (first, error, timedOut) = await AttemptAsync(() => NegotiateAsync(hub, timeLimit), timeLimit);
        error ??= first!.Error;
        if (error is not null)
        {
            return new ProbeResult($"negotiate: {error}", TimedOut: timedOut);
        }

        var results = await Task.WhenAll(first!.Transports.Select((transport, i) => TryAsync(hub, transport, i == 0 ? first : null, timeLimit)));
        var errors = results.Where(result => result.Error is not null).ToArray();
        if (errors.Length > 0)
        {
            return new ProbeResult(string.Join("; ", errors.Select(result => result.Error)), TimedOut: errors.All(result => result.TimedOut));
        }

        return new ProbeResult(null, first.BootId is { } bootId ? new NodeReport(null, null, bootId, Draining: false, time.GetTimestamp()) : null);
    }

    // An id serves one transport only, so all but the first negotiate their own.
    private static async Task<(string? Error, bool TimedOut)> TryAsync(ProbedHub hub, string transport, Negotiated? negotiated, CancellationToken timeLimit)
    {
        var (verdict, error, timedOut) = await AttemptAsync(
            async () =>
            {
                negotiated ??= await NegotiateAsync(hub, timeLimit);
                return new Verdict(negotiated.Error ?? await ProbedTransport.TryAsync(hub, transport, negotiated.Id, timeLimit));
            },
            timeLimit);
        error ??= verdict!.Error;
        return (error is null ? null : $"{transport}: {error}", timedOut);
    }

    private static async Task<(T? Result, string? Error, bool TimedOut)> AttemptAsync<T>(Func<Task<T>> attempt, CancellationToken timeLimit)
        where T : class
    {
        try
        {
            return (await attempt(), null, false);
        }
        catch (Exception) when (timeLimit.IsCancellationRequested)
        {
            return (null, "no answer in time", true);
        }
        catch (Exception e) when (e is HttpRequestException or WebSocketException or IOException or OperationCanceledException or UriFormatException)
        {
            return (null, NodeProbe.Describe(e), false);
        }
    }

    private static async Task<Negotiated> NegotiateAsync(ProbedHub hub, CancellationToken timeLimit)
    {
        using var answer = await hub.SendAsync(HttpMethod.Post, hub.NegotiateUrl, default, null, timeLimit);
        if (answer.StatusCode is not HttpStatusCode.OK)
        {
            return new Negotiated($"answered {(int)answer.StatusCode}");
        }

        var body = await ProbedHub.ReadAsync(answer, timeLimit);
        var bootId = answer.Headers.TryGetValues("X-Boot-Id", out var values) ? values.FirstOrDefault() : null;
        try
        {
            using var document = JsonDocument.Parse(body);
            return Read(document.RootElement, bootId);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new Negotiated("answered something else than SignalR does");
        }
    }

    private static Negotiated Read(JsonElement answer, string? bootId)
    {
        if (answer.TryGetProperty("error", out var error))
        {
            return new Negotiated(error.ToString());
        }

        if (answer.TryGetProperty("url", out _))
        {
            return new Negotiated("answered a redirect, which a probe does not follow");
        }

        if (!answer.TryGetProperty("availableTransports",
            out var offered) || (!answer.TryGetProperty("connectionToken", out var id) && !answer.TryGetProperty("connectionId", out id)))
        {
            return new Negotiated("answered something else than SignalR does");
        }

        string[] transports = [.. offered.EnumerateArray().Select(offer => offer.GetProperty("transport").GetString() ?? "")];
        return transports.Length == 0 ? new Negotiated("offered no transport") : new Negotiated(null, id.GetString() ?? "", transports, bootId);
    }

    private sealed record Negotiated(string? Error, string Id, string[] Transports, string? BootId)
    {
        public Negotiated(string error)
            : this(error, "", [], null)
        {
        }
    }

    private sealed record Verdict(string? Error);
}
