using System.Net.WebSockets;

namespace Proxy.SelfTest;

/// <summary>Opens one connection over one transport, and keeps it idle.</summary>
internal abstract class TransportCheck(HubClient client, CheckTarget target, TimeProvider time)
{
    /// <summary>The transport's name for people.</summary>
    public abstract string Area { get; }

    /// <summary>The transport's name in the protocol.</summary>
    public abstract string Name { get; }

    protected HubClient Client => client;

    protected TimeProvider Time => time;

    protected TimeSpan Idle => target.Idle;

    /// <summary>Everything that was found out; never throws but for the end of the whole self-test.</summary>
    public async Task<IReadOnlyList<CheckFinding>> RunAsync(Negotiation negotiation, CancellationToken cancellationToken)
    {
        var findings = new List<CheckFinding>();
        try
        {
            await RunAsync(negotiation.Id, findings, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or WebSocketException)
        {
            findings.Add(CheckFinding.Problem(Area, CheckCode.Refused, $"The transport failed: {HubClient.Words(e)}."));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            findings.Add(CheckFinding.Problem(
                Area, CheckCode.Refused, $"The transport was not answered within {HubClient.AnswerTimeout.TotalSeconds:0} s.", HubClient.AnswerTimeout));
        }

        return findings;
    }

    protected abstract Task RunAsync(string id, List<CheckFinding> findings, CancellationToken cancellationToken);

    /// <summary>Sends nothing and receives, as most connections do most of the time; the hub pings on its own.</summary>
    /// <param name="readAsync">Reads what comes next; <see langword="null"/>: it is over, without the message by which a hub says so.</param>
    /// <param name="cancellationToken">Ends the whole self-test.</param>
    protected async Task<CheckFinding?> StayIdleAsync(Func<CancellationToken, Task<string?>> readAsync, CancellationToken cancellationToken)
    {
        if (Idle == TimeSpan.Zero)
        {
            return null;
        }

        var opened = time.GetTimestamp();
        var receivedAt = opened;
        using var limit = HubClient.Limit(Idle, cancellationToken);
        try
        {
            while (await readAsync(limit.Token) is { } text)
            {
                if (HubRecord.HasClose(text))
                {
                    return CheckFinding.Note(
                        Area, CheckCode.Ended, $"The hub or the gateway ended the connection after {time.GetElapsedTime(opened).TotalSeconds:0.0} s.");
                }

                receivedAt = time.GetTimestamp();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return CheckFinding.Good(Area, CheckCode.Kept, $"Still open after {Idle.TotalSeconds:0.#} s without a message.", Idle);
        }
        catch (Exception e) when (e is IOException or WebSocketException or HttpRequestException)
        {
            // Cut, as below.
        }

        return Cut(time.GetElapsedTime(opened), time.GetElapsedTime(receivedAt));
    }

    protected CheckFinding Works(TimeSpan opened, TimeSpan posted, TimeSpan delay) => CheckFinding.Good(
        Area,
        CheckCode.Works,
        $"Opened in {opened.TotalMilliseconds:0} ms; the answer to a message ({posted.TotalMilliseconds:0} ms) came {delay.TotalMilliseconds:0} ms after it.",
        delay);

    protected CheckFinding Cut(TimeSpan age, TimeSpan silence) => CheckFinding.Problem(
        Area,
        CheckCode.Cut,
        $"Cut after {age.TotalSeconds:0.0} s, {silence.TotalSeconds:0.0} s after the last byte came. Hubs ping every 15 s, and a poll lasts 90 s.",
        age);
}
