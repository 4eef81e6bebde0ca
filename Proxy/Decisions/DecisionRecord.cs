using System.Net;
using Proxy.Connections;
using Proxy.Outcomes;
using Proxy.Requests;
using Proxy.Requests.Protocols;

namespace Proxy.Decisions;

/// <summary>One decision as it is remembered: no query, no header, no cookie, and the id only as its hash.</summary>
internal sealed class DecisionRecord
{
    /// <summary>Longer paths are cut: an attacker's must not fill the memory.</summary>
    private const int MaxPathLength = 256;

    /// <summary>1 for the first decision since the start.</summary>
    public long Number { get; set; }

    public required DateTimeOffset Time { get; init; }

    public required RequestKind Kind { get; init; }

    public required ClientProtocol Protocol { get; init; }

    public required Transport Transport { get; init; }

    public required string Cluster { get; init; }

    public required string Path
    {
        get;
        init => field = Shorten(value);
    }

    /// <summary>Hash of the id, or <see langword="null"/> without one.</summary>
    public IdKey? Id { get; init; }

    public IPAddress? Client { get; init; }

    public required RoutingOutcome Outcome { get; init; }

    /// <summary>The node that was chosen, or that failed the request.</summary>
    public string? Node { get; init; }

    /// <summary>The node that a cookie of a request without an id named, whether or not it was taken.</summary>
    public string? CookieNode { get; init; }

    /// <summary>The place in <c>Affinity:Foreign</c> of the cookie that named it, beginning with 1; 0: it was ours.</summary>
    public int ForeignCookie { get; init; }

    /// <summary>What the gateway answered itself; 200: the node answers.</summary>
    public required int Status { get; init; }

    /// <summary>1, or more when other nodes have failed the request before.</summary>
    public required int Attempt { get; init; }

    /// <summary>How long reading the request and deciding took.</summary>
    public required TimeSpan Duration { get; init; }

    // A fragment has no business in a request; where a client sends one all the same, OAuth has put a token into it.
    private static string Shorten(string path)
    {
        var fragment = path.IndexOf('#');
        path = fragment < 0 ? path : path[..fragment];
        return path.Length > MaxPathLength ? path[..MaxPathLength] : path;
    }
}
