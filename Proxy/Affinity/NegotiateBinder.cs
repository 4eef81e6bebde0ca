using System.Text;
using Proxy.Configuration;
using Proxy.Connections;
using Proxy.Forwarding;
using Proxy.Requests;

namespace Proxy.Affinity;

/// <summary>Reads the answer to a negotiate and binds its id to the node: by a tag in the token, or by remembering it.</summary>
internal sealed class NegotiateBinder(ConnectionTable connections, HubPaths hubs)
{
    public async ValueTask<BoundAnswer> BindAsync(HttpResponseMessage answer, RoutedRequest routed, string? client, CancellationToken cancellationToken)
    {
        var limit = routed.Snapshot.Options.Negotiate.MaxBodyBytes;
        if (!IsReadable(answer, routed.Request.Profile) || answer.Content.Headers.ContentLength > limit)
        {
            return default;
        }

        var (body, isComplete) = await ReadAsync(answer, limit, cancellationToken);
        if (!isComplete)
        {
            return new BoundAnswer(BindResult.Bound, body, IsRewritten: false, IsComplete: false);
        }

        var found = routed.Request.Profile is ProtocolProfile.EngineIO ? NegotiateAnswer.ReadEngineIO(body) : NegotiateAnswer.ReadSignalR(body);
        if (found.Id is null)
        {
            return new BoundAnswer(BindResult.Bound, body, IsRewritten: false, IsComplete: true);
        }

        hubs.Learn(RequestReader.HubPathOf(routed.Request.Path));
        return Bind(found, body, routed, client);
    }

    /// <summary>For the modes that leave ids alone: polls on the hub's path are connections all the same, and count.</summary>
    public void LearnHub(HttpResponseMessage answer, RoutedRequest routed)
    {
        if (IsReadable(answer, routed.Request.Profile))
        {
            hubs.Learn(RequestReader.HubPathOf(routed.Request.Path));
        }
    }

    private BoundAnswer Bind(in NegotiateAnswer found, byte[] body, RoutedRequest routed, string? client)
    {
        var mode = routed.Snapshot.Options.Affinity.Mode;
        var isTagged = found.TagPosition > 0 && mode is not AffinityMode.Learn;
        var isLearned = !isTagged && mode is not AffinityMode.Tag;
        var result = connections.Bind(found.Id, routed.Node.State, routed.Request.Profile, isLearned, client);
        if (found.OtherId is not null && mode is AffinityMode.Auto or AffinityMode.Learn)
        {
            connections.Bind(found.OtherId, routed.Node.State, routed.Request.Profile, learned: true, client);
        }

        if (!isTagged)
        {
            return new BoundAnswer(isLearned ? result : BindResult.Bound, body, IsRewritten: false, IsComplete: true);
        }

        var suffix = Encoding.ASCII.GetBytes(Tag.Prefix + routed.Snapshot.TagOf(routed.Node));
        return new BoundAnswer(BindResult.Bound, [.. body[..found.TagPosition], .. suffix, .. body[found.TagPosition..]], IsRewritten: true, IsComplete: true);
    }

    // 200, not compressed, and of a type that such an answer has; anything else is not ours to read.
    private static bool IsReadable(HttpResponseMessage answer, ProtocolProfile profile)
    {
        if (answer.Content.Headers.ContentEncoding.Count > 0 && !answer.Content.Headers.ContentEncoding.All(coding => string.Equals(coding, "identity", StringComparison.OrdinalIgnoreCase)))
        {
            return false;
        }

        var type = answer.Content.Headers.ContentType?.MediaType ?? "";
        return profile switch
        {
            ProtocolProfile.SignalR => type.EndsWith("json", StringComparison.OrdinalIgnoreCase),
            ProtocolProfile.Classic => type.EndsWith("json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("javascript", StringComparison.OrdinalIgnoreCase),
            _ => true, // text/plain, application/octet-stream, and with JSONP text/javascript
        };
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
