using System.Text;
using Proxy.Affinity;
using Proxy.Affinity.Sharing;
using Proxy.Configuration;
using Proxy.Connections;
using Proxy.Decisions;
using Proxy.Requests;
using Proxy.Requests.Protocols;

namespace Proxy.Forwarding;

/// <summary>Reads the answer to a negotiate and binds its id to the node: by a tag in the token, or by remembering it.</summary>
/// <remarks>
/// An answer in a coding is read all the same, though the node was asked for a plain one; tagged, it is sent on plain. One that cannot be read passes as it
/// came: it is no JSON or no UTF-8 (a byte order mark is skipped, as clients do), its id holds a control character, its coding is not known here, or it is
/// larger than <c>Negotiate:MaxBodyBytes</c>, as it came or decoded.
/// </remarks>
/// <param name="connections">Where ids are remembered.</param>
/// <param name="hubs">Learns the path.</param>
/// <param name="shared">Where other replicas find them; <see langword="null"/>: replicas share none.</param>
/// <param name="time">For how often is logged what cannot be read.</param>
/// <param name="logger">Gets that.</param>
internal sealed partial class NegotiateBinder(
    ConnectionTable connections, HubPaths hubs, TimeProvider time, ILogger<NegotiateBinder> logger, SharedIds? shared = null)
{
    private const string TooLong = "it is longer than Negotiate:MaxBodyBytes";

    private static readonly TimeSpan LogPeriod = TimeSpan.FromMinutes(1);

    private long _loggedAt = time.GetTimestamp() - (long)(LogPeriod.TotalSeconds * time.TimestampFrequency);

    public async ValueTask<BoundAnswer> BindAsync(HttpResponseMessage answer, RoutedRequest routed, string? client, CancellationToken cancellationToken)
    {
        var limit = routed.Snapshot.Options.Negotiate.MaxBodyBytes;
        if (!IsReadable(answer, routed.Request.Protocol))
        {
            return default;
        }

        if (answer.Content.Headers.ContentLength > limit)
        {
            WarnOfUnread(routed, TooLong);
            return default;
        }

        var (body, isComplete) = await ReadAsync(answer, limit, cancellationToken);
        if (!isComplete)
        {
            WarnOfUnread(routed, TooLong);
            return new BoundAnswer(BindResult.Bound, body, IsRewritten: false, IsComplete: false);
        }

        var codings = ContentCodings.Of(answer.Content);
        if (ContentCodings.Decode(codings, body, limit) is not { } plain)
        {
            WarnOfUnread(routed, $"Content-Encoding: {string.Join(", ", codings)}");
            return new BoundAnswer(BindResult.Bound, body, IsRewritten: false, IsComplete: true);
        }

        var found = routed.Request.Protocol.ReadAnswer(plain);
        if (found.IsUnreadable)
        {
            WarnOfUnread(routed, "it is not what the protocol says");
        }

        if (found.Id is null)
        {
            return new BoundAnswer(BindResult.Bound, body, IsRewritten: false, IsComplete: true);
        }

        hubs.Learn(
            routed.Request.Protocol.HubPathOf(routed.Request.Path),
            hasOtherIds: !CanBeId(found.Id, routed.Request.Protocol) || (found.OtherId is { } other && !CanBeId(other, routed.Request.Protocol)));
        return await BindAsync(found, body, plain, routed, client);
    }

    /// <summary>For the modes that leave ids alone: polls on the hub's path are connections all the same, and count.</summary>
    public void LearnHub(HttpResponseMessage answer, RoutedRequest routed)
    {
        if (IsReadable(answer, routed.Request.Protocol))
        {
            hubs.Learn(routed.Request.Protocol.HubPathOf(routed.Request.Path), hasOtherIds: true); // its ids are not read, so they may look like anything
        }
    }

    private static bool CanBeId(byte[] id, ClientProtocol protocol) => protocol.CanBeId(Encoding.UTF8.GetString(id));

    // The body as it came, and what is read of it.
    private async ValueTask<BoundAnswer> BindAsync(NegotiateAnswer found, byte[] body, byte[] plain, RoutedRequest routed, string? client)
    {
        var mode = routed.Snapshot.Options.Affinity.Mode;
        var isTagged = found.TagPosition > 0 && mode is not AffinityMode.Learn;
        var isLearned = !isTagged && mode is not AffinityMode.Tag;
        var result = isLearned
            ? await LearnAsync(found.Id!, routed, client)
            : connections.Bind(found.Id, routed.Node.State, routed.Request.Protocol, learned: false, client);
        if (found.OtherId is not null && mode is AffinityMode.Auto or AffinityMode.Learn)
        {
            await LearnAsync(found.OtherId!, routed, client);
        }

        if (!isTagged)
        {
            return new BoundAnswer(isLearned ? result : BindResult.Bound, body, IsRewritten: false, IsComplete: true);
        }

        var suffix = Encoding.ASCII.GetBytes(Tag.Prefix + routed.Snapshot.TagOf(routed.Node));
        byte[] tagged = [.. plain[..found.TagPosition], .. suffix, .. plain[found.TagPosition..]];
        return new BoundAnswer(BindResult.Bound, tagged, IsRewritten: true, IsComplete: true);
    }

    private async ValueTask<BindResult> LearnAsync(byte[] id, RoutedRequest routed, string? client) => shared is null
        ? connections.Bind(id, routed.Node.State, routed.Request.Protocol, learned: true, client)
        : await shared.BindAsync(id, routed.Node, routed.Snapshot, routed.Request.Protocol, client);

    // An answer of another type than such answers are is not read.
    private static bool IsReadable(HttpResponseMessage answer, ClientProtocol protocol) =>
        protocol.IsAnswerType(answer.Content.Headers.ContentType?.MediaType ?? "");

    private void WarnOfUnread(RoutedRequest routed, string reason)
    {
        var loggedAt = Volatile.Read(ref _loggedAt);
        if (time.GetElapsedTime(loggedAt) >= LogPeriod && Interlocked.CompareExchange(ref _loggedAt, time.GetTimestamp(), loggedAt) == loggedAt)
        {
            Log.AnswerUnread(logger, routed.Node.Name, routed.Request.Path, reason);
        }
    }

    private static async ValueTask<(byte[] Body, bool IsComplete)> ReadAsync(HttpResponseMessage answer, int limit, CancellationToken cancellationToken)
    {
        var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[Math.Min(limit, (int)(answer.Content.Headers.ContentLength ?? 1024)) + 1];
        var length = 0;
        while (true)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (read == 0)
            {
                return (buffer[..length], true);
            }

            length += read;
            if (length > limit)
            {
                return (buffer[..length], false);
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, Math.Min(buffer.Length * 2, limit + 1));
            }
        }
    }
}
