using System.IO.Compression;
using System.Net;
using System.Text;

namespace Proxy.SelfTest;

/// <summary>Server-Sent Events: does what the hub sends arrive when it is sent?</summary>
/// <remarks>
/// A stream begins with a comment line (ServerSentEventsServerTransport of ASP.NET Core), and the answer to a handshake that is posted beside it
/// comes as an event. Neither depends on what the hub's methods are, and both are small: a proxy that buffers keeps them.
/// </remarks>
internal sealed class EventStreamCheck(HubClient client, CheckTarget target, TimeProvider time) : TransportCheck(client, target, time)
{
    private const string EventStream = "text/event-stream";

    public override string Area => "Server-Sent Events";

    public override string Name => "ServerSentEvents";

    protected override async Task RunAsync(string id, List<CheckFinding> findings, CancellationToken cancellationToken)
    {
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var started = Time.GetTimestamp();
        var opening = Client.SendAsync(HttpMethod.Get, id, life.Token, accept: EventStream);
        try
        {
            using var response = await opening.WaitAsync(HubClient.MaxDelay, Time, cancellationToken);
            await RunAsync(id, response, started, findings, cancellationToken);
        }
        catch (TimeoutException)
        {
            findings.Add(CheckFinding.Problem(
                Area, CheckCode.EventsBuffered, $"Buffered: of the stream nothing came within {HubClient.MaxDelay.TotalSeconds:0} s, not even its headers.",
                HubClient.MaxDelay));
            await life.CancelAsync();
            await DropAsync(opening);
        }
    }

    private static async Task DropAsync(Task<HttpResponseMessage> opening)
    {
        try
        {
            (await opening).Dispose();
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // Given up.
        }
    }

    private async Task RunAsync(string id, HttpResponseMessage response, long started, List<CheckFinding> findings, CancellationToken cancellationToken)
    {
        if (response.StatusCode is not HttpStatusCode.OK || response.Content.Headers.ContentType?.MediaType is not EventStream)
        {
            findings.Add(response.StatusCode is HttpStatusCode.OK
                ? CheckFinding.Problem(
                    Area, CheckCode.Refused, "The answer is no event stream: its request's Accept or its own Content-Type was changed on the way.")
                : HubClient.Refusal(Area, response, CheckCode.Refused, "The stream"));
            return;
        }

        await using var content = await response.Content.ReadAsStreamAsync(cancellationToken);
        var encoding = response.Content.Headers.ContentEncoding.FirstOrDefault(name => !string.Equals(name, "identity", StringComparison.OrdinalIgnoreCase));
        if (encoding is not null)
        {
            findings.Add(CheckFinding.Problem(
                Area, CheckCode.EventsCompressed, $"The stream is compressed ({encoding}) on its way; what compresses it holds events back."));
        }

        await using var stream = string.Equals(encoding, "gzip", StringComparison.OrdinalIgnoreCase)
            ? new GZipStream(content, CompressionMode.Decompress)
            : content;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        if (!await IsAtOnceAsync(token => reader.ReadLineAsync(token).AsTask(), static _ => true, cancellationToken))
        {
            findings.Add(CheckFinding.Problem(
                Area, CheckCode.EventsBuffered, $"Buffered: the stream's first line did not come within {HubClient.MaxDelay.TotalSeconds:0} s of its headers.",
                HubClient.MaxDelay));
            return;
        }

        var opened = Time.GetElapsedTime(started);
        var (problem, posted) = await Client.PostHandshakeAsync(Area, id, cancellationToken);
        if (problem is not null)
        {
            findings.Add(problem);
            return;
        }

        var sent = Time.GetTimestamp();
        if (!await IsAtOnceAsync(token => ReadEventAsync(reader, token), HubRecord.HasHandshakeAnswer, cancellationToken))
        {
            findings.Add(CheckFinding.Problem(
                Area, CheckCode.EventsBuffered, $"Buffered: the answer to a message did not come within {HubClient.MaxDelay.TotalSeconds:0} s.",
                HubClient.MaxDelay));
            return;
        }

        var delay = Time.GetElapsedTime(sent);
        findings.Add(Works(opened, posted, delay));
        if (await StayIdleAsync(token => ReadEventAsync(reader, token), cancellationToken) is { } finding)
        {
            findings.Add(finding);
        }
    }

    private static async Task<bool> IsAtOnceAsync(
        Func<CancellationToken, Task<string?>> readAsync, Func<string, bool> isIt, CancellationToken cancellationToken)
    {
        using var limit = HubClient.Limit(HubClient.MaxDelay, cancellationToken);
        try
        {
            while (await readAsync(limit.Token) is { } text)
            {
                if (isIt(text))
                {
                    return true;
                }
            }

            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    // What SignalR sends is one line of data for each event.
    private static async Task<string?> ReadEventAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith("data:", StringComparison.Ordinal))
            {
                return line["data:".Length..].TrimStart(' ');
            }
        }

        return null;
    }
}
