using System.Net;

namespace Proxy.SelfTest;

/// <summary>Long polling: is a poll answered at once when there is something, and left alone when there is not?</summary>
internal sealed class LongPollCheck(HubClient client, CheckTarget target, TimeProvider time) : TransportCheck(client, target, time)
{
    public override string Area => "long polling";

    public override string Name => "LongPolling";

    protected override async Task RunAsync(string id, List<CheckFinding> findings, CancellationToken cancellationToken)
    {
        var started = Time.GetTimestamp();

        // The first poll only says that the connection is there.
        using (var patience = HubClient.Limit(HubClient.AnswerTimeout, cancellationToken))
        {
            using var first = await Client.SendAsync(HttpMethod.Get, id, patience.Token);
            if (first.StatusCode is not HttpStatusCode.OK)
            {
                findings.Add(HubClient.Refusal(Area, first, CheckCode.Refused, "The first poll"));
                return;
            }
        }

        var opened = Time.GetElapsedTime(started);
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var polling = PollAsync(id, life.Token);
        try
        {
            var (problem, posted) = await Client.PostHandshakeAsync(Area, id, cancellationToken);
            if (problem is not null)
            {
                findings.Add(problem);
                return;
            }

            var sent = Time.GetTimestamp();
            var (status, text) = await polling.WaitAsync(HubClient.MaxDelay, Time, cancellationToken);
            if (status is not HttpStatusCode.OK || !HubRecord.HasHandshakeAnswer(text))
            {
                findings.Add(CheckFinding.Problem(Area, CheckCode.NoHandshake, $"A poll got {(int)status} instead of the hub's answer to the handshake."));
                return;
            }

            var delay = Time.GetElapsedTime(sent);
            findings.Add(Works(opened, posted, delay));
        }
        catch (TimeoutException)
        {
            findings.Add(CheckFinding.Problem(
                Area, CheckCode.EventsBuffered, $"Buffered: the answer to a message did not come within {HubClient.MaxDelay.TotalSeconds:0} s.",
                HubClient.MaxDelay));
            return;
        }
        finally
        {
            await life.CancelAsync();
            await ((Task)polling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await StayIdleAsync(id, findings, cancellationToken);
        await DeleteAsync(id, findings, cancellationToken);
    }

    private async Task StayIdleAsync(string id, List<CheckFinding> findings, CancellationToken cancellationToken)
    {
        if (Idle == TimeSpan.Zero)
        {
            return;
        }

        var polls = 0;
        var polled = Time.GetTimestamp();
        using var limit = HubClient.Limit(Idle, cancellationToken);
        try
        {
            while (true)
            {
                polled = Time.GetTimestamp();
                var (status, text) = await PollAsync(id, limit.Token);
                if (status is HttpStatusCode.NoContent || HubRecord.HasClose(text))
                {
                    findings.Add(CheckFinding.Note(Area, CheckCode.Ended, "The hub or the gateway ended the connection."));
                    return;
                }

                if (status is not HttpStatusCode.OK)
                {
                    var age = Time.GetElapsedTime(polled);
                    findings.Add(CheckFinding.Problem(
                        Area, CheckCode.Cut, $"A poll was cut after {age.TotalSeconds:0.0} s with {(int)status}. Hubs let a poll wait for 90 s.", age));
                    return;
                }

                polls++;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            var last = polls > 0 ? "Every poll came to its end" : "A poll was still open";
            findings.Add(CheckFinding.Good(Area, CheckCode.Kept, $"{last} within {Idle.TotalSeconds:0.#} s.", Idle));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            var age = Time.GetElapsedTime(polled);
            findings.Add(Cut(age, age));
        }
    }

    private async Task<(HttpStatusCode Status, string Text)> PollAsync(string id, CancellationToken cancellationToken)
    {
        using var response = await Client.SendAsync(HttpMethod.Get, id, cancellationToken);
        return (response.StatusCode, await HubClient.ReadAsync(response, cancellationToken));
    }

    // The client's goodbye; without it the node keeps the connection for its time-out.
    private async Task DeleteAsync(string id, List<CheckFinding> findings, CancellationToken cancellationToken)
    {
        using var patience = HubClient.Limit(HubClient.AnswerTimeout, cancellationToken);
        using var response = await Client.SendAsync(HttpMethod.Delete, id, patience.Token);
        if (response.StatusCode is HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented or HttpStatusCode.Forbidden)
        {
            findings.Add(
                CheckFinding.Problem(Area, CheckCode.MethodRefused, $"DELETE got {(int)response.StatusCode}: connections that end linger at the node."));
        }
    }
}
