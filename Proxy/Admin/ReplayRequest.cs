using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Proxy.Affinity;
using Proxy.Configuration;
using Proxy.Decisions;
using Proxy.Nodes;
using Proxy.Outcomes;
using Proxy.Requests;

namespace Proxy.Admin;

/// <summary>Makes a request that stands for a recorded one.</summary>
internal static class ReplayRequest
{
    /// <summary>The id of the request that is made; no node has handed it out.</summary>
    private const string Id = "00replayed-replayed-00"; // looks like one, or it would be taken for an application's

    /// <returns><see langword="null"/>: what the request held is not known any more.</returns>
    public static DefaultHttpContext? Create(DecisionRecord record, ClusterSnapshot current, AffinityOptions other)
    {
        var query = record.Protocol.MinimalQuery;
        if (record.Id is not null)
        {
            if (IdOf(record, current, other) is not { } id)
            {
                return null;
            }

            var name = id.Length > Id.Length ? Tag.Parameter : record.Protocol.IdParameter; // a longer id has a tag
            query = $"{(query.Length == 0 ? "?" : query + "&")}{name}={id}";
        }

        var context = new DefaultHttpContext();
        var request = context.Request;
        request.Method = record.Kind switch
        {
            RequestKind.Preflight => HttpMethods.Options,
            RequestKind.Negotiate => record.Protocol.NegotiateMethod,
            _ => HttpMethods.Get,
        };
        request.Protocol = HttpProtocol.Http11;
        request.Path = record.Path.StartsWith('/') ? record.Path : "/";
        request.QueryString = new QueryString(query);
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = "/";
        if (record.Client is { } client)
        {
            context.SetClientAddress(client);
        }

        AddFields(context, record);
        if (Find(current, record.CookieNode) is { } named)
        {
            request.Headers.Cookie = record.ForeignCookie == 0
                ? current.Cookies.Create(named, isHttps: false, record.Time).Split(';')[0]
                : current.Foreign?.PairOf(record.ForeignCookie, named);
            return request.Headers.Cookie.Count > 0 ? context : null; // Other cookies count now than did then.
        }

        return context;
    }

    private static void AddFields(DefaultHttpContext context, DecisionRecord record)
    {
        var headers = context.Request.Headers;
        if (record.Kind is RequestKind.Preflight)
        {
            headers[HeaderNames.AccessControlRequestMethod] = HttpMethods.Post;
        }

        if (record.Kind is RequestKind.WebSocket)
        {
            headers.Upgrade = "websocket";
            context.Features.Set<IHttpUpgradeFeature>(Upgradable.Instance);
        }
    }

    // The tag that its node hands out now; a refusal's id had none that names a node.
    private static string? IdOf(DecisionRecord record, ClusterSnapshot current, AffinityOptions other) => record.Outcome.Row() switch
    {
        { NamesTaggedId: true, IsRefusal: true } => null, // The record does not say which node's tag it was.
        { NamesTaggedId: true } => Find(current, record.Node) is { } owner ? Id + Tag.Prefix + current.TagOf(owner) : null,

        // Where ids were not looked at, the record does not say whether the id carried a tag; that matters only if the other configuration looks at ids.
        { Owner: OwnerLookup.None, IsRefusal: false } when other.Mode is AffinityMode.Auto or AffinityMode.Tag or AffinityMode.Learn
            && current.Options.Affinity.Mode != other.Mode => null,
        _ => Id,
    };

    private static GatewayNode? Find(ClusterSnapshot snapshot, string? name) =>
        name is null ? null : snapshot.Nodes.FirstOrDefault(node => string.Equals(node.Name, name, StringComparison.OrdinalIgnoreCase));

    private sealed class Upgradable : IHttpUpgradeFeature
    {
        public static readonly Upgradable Instance = new();

        public bool IsUpgradableRequest => true;

        public Task<Stream> UpgradeAsync() => throw new NotSupportedException();
    }
}
