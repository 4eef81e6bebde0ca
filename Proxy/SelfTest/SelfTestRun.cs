using Proxy.Requests;

namespace Proxy.SelfTest;

/// <summary>Goes through the public address as a client does, and reports what stands in the way.</summary>
/// <remarks>
/// 1. Negotiate: does it come through, and is its token tagged? 2. All transports side by side, each on a connection of its own: a handshake, which
/// has to be answered at once. 3. Each stays idle. The test calls no method of the hub: the hub's code sees connections that open and close, and nothing else.
/// </remarks>
/// <param name="target">What is tested.</param>
/// <param name="ownerOf">The node that a tag names here; <see langword="null"/> outside of a running gateway.</param>
/// <param name="time">Measures.</param>
internal sealed class SelfTestRun(CheckTarget target, Func<string, string?>? ownerOf, TimeProvider time)
{
    private const string Area = "negotiate";

    public async Task<CheckReport> RunAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var client = new HubClient(target, time);
        var findings = new List<CheckFinding>();
        var (first, problem) = await client.NegotiateAsync(cancellationToken);
        if (first is null)
        {
            findings.Add(problem!);
            return Report(findings, null, started);
        }

        findings.Add(Describe(first));
        await RunTransportsAsync(client, first, findings, cancellationToken);
        return Report(findings, first.HttpVersion, started);
    }

    private static string VersionText(Version version) => version.Major >= 2 ? $"HTTP/{version.Major}" : $"HTTP/{version}";

    private async Task RunTransportsAsync(HubClient client, Negotiation first, List<CheckFinding> findings, CancellationToken cancellationToken)
    {
        TransportCheck[] checks =
            [new WebSocketCheck(client, target, time), new EventStreamCheck(client, target, time), new LongPollCheck(client, target, time)];
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var running = new List<Task<IReadOnlyList<CheckFinding>>>();
        Negotiation? next = first;
        foreach (var check in checks)
        {
            if (!first.Transports.Contains(check.Name, StringComparer.Ordinal))
            {
                running.Add(Task.FromResult<IReadOnlyList<CheckFinding>>(
                    [CheckFinding.Note(check.Area, CheckCode.NotOffered, "The hub does not offer this transport.")]));
                continue;
            }

            if (next is null)
            {
                (next, var problem) = await client.NegotiateAsync(cancellationToken);
                if (next is null)
                {
                    running.Add(Task.FromResult<IReadOnlyList<CheckFinding>>([problem!]));
                    continue;
                }
            }

            if (!ids.Add(next.Id))
            {
                findings.Add(CheckFinding.Problem(Area, CheckCode.Cached, "Two negotiates gave the same connection: an answer comes from a cache."));
                break;
            }

            running.Add(check.RunAsync(next, cancellationToken));
            next = null;
        }

        foreach (var found in await Task.WhenAll(running))
        {
            findings.AddRange(found);
        }
    }

    private CheckFinding Describe(Negotiation negotiation)
    {
        var how = $"Answered in {negotiation.Took.TotalMilliseconds:0} ms over {VersionText(negotiation.HttpVersion)}";
        Span<char> tag = stackalloc char[Tag.Length];
        if (!Tag.TryFind(negotiation.Id, tag, out _))
        {
            return CheckFinding.Problem(Area, CheckCode.NotTagged, $"{how}, but its connection token carries no tag.");
        }

        if (ownerOf is null)
        {
            return CheckFinding.Good(Area, CheckCode.Negotiated, $"{how}, tagged by a gateway.", negotiation.Took);
        }

        return ownerOf(tag.ToString()) is { } node
            ? CheckFinding.Good(Area, CheckCode.Negotiated, $"{how}, tagged for node {node} of this gateway.", negotiation.Took)
            : CheckFinding.Problem(Area, CheckCode.ForeignTag, $"{how}, but its tag names none of this gateway's nodes.");
    }

    private CheckReport Report(List<CheckFinding> findings, Version? version, long started) => new(
        target.Shown,
        findings.Any(finding => finding.IsProblem) ? CheckReport.ProblemsVerdict : CheckReport.GoodVerdict,
        version is null ? null : VersionText(version),
        Math.Round(time.GetElapsedTime(started).TotalSeconds, 1),
        findings);
}
