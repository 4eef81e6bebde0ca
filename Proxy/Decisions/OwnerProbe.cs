using System.Collections.Concurrent;
using Microsoft.Net.Http.Headers;
using Proxy.Affinity;
using Proxy.Affinity.Foreign;
using Proxy.Clusters;
using Proxy.Configuration;
using Proxy.Connections;
using Proxy.Nodes;
using Proxy.Nodes.Tls;
using Proxy.Outcomes;
using Proxy.Requests;
using Proxy.Requests.Protocols;

namespace Proxy.Decisions;

/// <summary><c>OnUnknown: Probe</c>: asks the nodes which of them knows an id, before the 404.</summary>
/// <remarks>
/// Beside the decision, which sends nothing. The question is an empty POST: ASP.NET Core answers 404 where it does not know the id, 200 where it does, and
/// 405 where the connection is a WebSocket; the connection itself is not touched. Bounded in nodes, in rounds per second and in time, since any client
/// can invent ids. The owner of an id is remembered as if its negotiate had been seen; that an id has none is not remembered.
/// </remarks>
internal sealed class OwnerProbe(NodeRegistry registry, ConnectionTable connections, TimeProvider time)
{
    /// <summary>Nodes asked about one id at the most.</summary>
    public const int MaxNodes = 32;

    /// <summary>Ids asked about in a second; more get their 404 at once.</summary>
    public const int MaxPerSecond = 50;

    /// <summary>How long the nodes have for an answer.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly ConcurrentDictionary<IdKey, Lazy<Task<NodeState?>>> _asking = new();
    private readonly Pacer _pacer = new(time, initial: MaxPerSecond / 2);

    /// <summary>Whether a refusal is one that the nodes may prove wrong.</summary>
    public static bool IsFor(in RequestInfo request, ClusterSnapshot snapshot, in Decision decision) =>
        decision.Outcome is RoutingOutcome.UnknownId
        && snapshot.Options.Affinity.OnUnknown is OnUnknown.Probe
        && request is { Kind: RequestKind.HasId, Protocol.CanAskNodes: true, IdIsRepeated: false };

    /// <summary>Asks the nodes.</summary>
    /// <returns>The owner, or the refusal as it was.</returns>
    public async ValueTask<Decision> AskAsync(HttpContext context, RequestInfo request, ClusterSnapshot snapshot, Decision refusal, bool isTrustedPeer)
    {
        var key = connections.Hasher.HashQueryValue(request.RawId);
        if (!_asking.TryGetValue(key, out var asked)) // a poll and a send of one client ask once
        {
            if (!_pacer.TrySpend(MaxPerSecond))
            {
                return refusal;
            }

            asked = _asking.GetOrAdd(key, new Lazy<Task<NodeState?>>(() => AskAllAsync(context, request, snapshot, isTrustedPeer)));
        }

        NodeState? owner;
        try
        {
            owner = await asked.Value;
        }
        finally
        {
            _asking.TryRemove(KeyValuePair.Create(key, asked));
        }

        if (owner is null || snapshot.Find(owner) is not { } node)
        {
            return refusal;
        }

        connections.Bind(key, owner, request.Protocol, learned: true, context.ClientAddress()?.ToString());
        return new Decision(RoutingOutcome.Probe, node);
    }

    private async Task<NodeState?> AskAllAsync(HttpContext context, RequestInfo request, ClusterSnapshot snapshot, bool isTrustedPeer)
    {
        if (registry.Find(snapshot.ClusterId)?.Client is not { } client)
        {
            return null;
        }

        using var limit = new CancellationTokenSource(Limit, time);
        var answers = snapshot.Nodes
            .Where(node => node.Lifecycle is not NodeLifecycle.Removed && !node.State.IdsForgotten)
            .OrderByDescending(node => node.Online)
            .Take(MaxNodes)
            .Select(node => AskAsync(node, client.For(node), Question(node, context, request, isTrustedPeer, snapshot.Foreign), limit.Token))
            .ToArray();
        NodeState? owner = null;
        await foreach (var answer in Task.WhenEach(answers))
        {
            if (owner is null && await answer is { } found)
            {
                owner = found;
                await limit.CancelAsync(); // an id lives on one node; the others need not answer
            }
        }

        return owner;
    }

    private static async Task<NodeState?> AskAsync(
        GatewayNode node, HttpMessageInvoker client, HttpRequestMessage question, CancellationToken cancellationToken)
    {
        try
        {
            using (question)
            using (var answer = await client.SendAsync(question, cancellationToken))
            {
                return (int)answer.StatusCode is StatusCodes.Status200OK or StatusCodes.Status405MethodNotAllowed ? node.State : null;
            }
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            return null; // a node that does not answer is not the owner for now
        }
    }

    // The fields of the client's request that say which user it is of: a hub may answer 401 or 404 to any other. Credentials that would log in the connection,
    // which belongs to all clients, are left out.
    private static HttpRequestMessage Question(GatewayNode node, HttpContext context, in RequestInfo request, bool isTrustedPeer, ForeignCookies? foreign)
    {
        var query = $"?id={request.RawId}";
        var pairs = new QueryParameters(request.Query);
        while (pairs.MoveNext())
        {
            if (pairs.NameIs("access_token"))
            {
                query += $"&access_token={pairs.RawValue}";
                break;
            }
        }

        var question = new HttpRequestMessage(
            HttpMethod.Post, new Uri(node.Address.TrimEnd('/') + HubPathOf(context.Request.Path, request.Protocol).ToUriComponent() + query, Verbatim))
        {
            Version = node.Options.Protocol is NodeProtocol.Http2 ? System.Net.HttpVersion.Version20 : System.Net.HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([]),
        };
        question.Headers.Host = context.Request.Host.Value;
        foreach (var name in (string[])(request.HasConnectionCredentials ? [HeaderNames.Cookie] : [HeaderNames.Authorization, HeaderNames.Cookie]))
        {
            if (context.Request.Headers.TryGetValue(name, out var value))
            {
                var text = value.ToString();
                question.Headers.TryAddWithoutValidation(name, name == HeaderNames.Cookie && foreign is not null ? foreign.WithoutPrefixes(text) : text);
            }
        }

        ForwardedFields.Write(context, question, isTrustedPeer);
        return question;
    }

    // What the protocol puts below a hub's path is not asked, lest it do something.
    private static PathString HubPathOf(PathString path, ClientProtocol protocol) =>
        path.Value is { } value && protocol.HubPathOf(value) is { Length: > 0 } hub && hub.Length < value.TrimEnd('/').Length
            ? new PathString(hub.ToString())
            : path;
}
