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
/// <param name="connections">Where ids are remembered.</param>
/// <param name="hubs">Learns the path.</param>
/// <param name="shared">Where other replicas find them; <see langword="null"/>: replicas share none.</param>
internal sealed class NegotiateBinder(ConnectionTable connections, HubPaths hubs, SharedIds? shared = null)
{
    public async ValueTask<BoundAnswer> BindAsync(HttpResponseMessage answer, RoutedRequest routed, string? client, CancellationToken cancellationToken)
    {
        var limit = routed.Snapshot.Options.Negotiate.MaxBodyBytes;
        if (!IsReadable(answer, routed.Request.Protocol) || answer.Content.Headers.ContentLength > limit)
        {
            return default;
        }

        var (body, isComplete) = await ReadAsync(answer, limit, cancellationToken);
        if (!isComplete)
        {
            return new BoundAnswer(BindResult.Bound, body, IsRewritten: false, IsComplete: false);
        }

        var found = routed.Request.Protocol.ReadAnswer(body);
        if (found.Id is null)
        {
            return new BoundAnswer(BindResult.Bound, body, IsRewritten: false, IsComplete: true);
        }

        hubs.Learn(
            routed.Request.Protocol.HubPathOf(routed.Request.Path),
            hasOtherIds: !CanBeId(found.Id, routed.Request.Protocol) || (found.OtherId is { } other && !CanBeId(other, routed.Request.Protocol)));
        return await BindAsync(found, body, routed, client);
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

    private async ValueTask<BoundAnswer> BindAsync(NegotiateAnswer found, byte[] body, RoutedRequest routed, string? client)
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
        return new BoundAnswer(BindResult.Bound, [.. body[..found.TagPosition], .. suffix, .. body[found.TagPosition..]], IsRewritten: true, IsComplete: true);
    }

    private async ValueTask<BindResult> LearnAsync(byte[] id, RoutedRequest routed, string? client) => shared is null
        ? connections.Bind(id, routed.Node.State, routed.Request.Protocol, learned: true, client)
        : await shared.BindAsync(id, routed.Node, routed.Snapshot, routed.Request.Protocol, client);

    // An answer that is compressed, or of another type than such answers are, is not read.
    private static bool IsReadable(HttpResponseMessage answer, ClientProtocol protocol)
    {
        var headers = answer.Content.Headers;
        var isPlain = headers.ContentEncoding.Count == 0
            || headers.ContentEncoding.All(coding => string.Equals(coding, "identity", StringComparison.OrdinalIgnoreCase));
        return isPlain && protocol.IsAnswerType(headers.ContentType?.MediaType ?? "");
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
