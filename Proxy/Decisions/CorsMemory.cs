using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Net.Http.Headers;
using Proxy.Affinity;
using Proxy.Requests;

namespace Proxy.Decisions;

/// <summary>What nodes have said to pages of other origins, so that the gateway's own answers can say the same, and no more.</summary>
/// <remarks>
/// Without it a page of another origin could not read a refusal, nor a poll that the gateway ends, and its client would take them for a broken network. Which
/// origins may read is the nodes' policy: it is learned from their answers to the requests of hubs that have an Origin field, preflights among them, for
/// each cluster, hub and origin. What was never said is not written. Bounded, because a node may allow every origin and a client can invent any number: of
/// <see cref="MaxGrants"/> the quarter that was silent for longest goes, and what has not been said for <see cref="Lifetime"/> is not repeated.
/// </remarks>
internal sealed class CorsMemory(HubPaths hubs, TimeProvider time)
{
    /// <summary>Grants that are kept, over all clusters.</summary>
    public const int MaxGrants = 1024;

    /// <summary>How long a grant is repeated after a node has said it last.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>Characters of cluster, hub and origin together at the most, and of the names of headers; what is longer is not kept.</summary>
    private const int MaxLength = 512;

    private const string AnyOrigin = "*";

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, CorsGrant> _grants = new(StringComparer.OrdinalIgnoreCase);

    public int Count => _grants.Count;

    /// <summary>Takes in the fields of a node's answer, which stand in the response already.</summary>
    public void Learn(HttpContext context, RoutedRequest routed)
    {
        if (context.Request.Headers.Origin is not [{ } origin] || routed.Request.Transport is Transport.WebSockets)
        {
            return; // browsers do not ask whether a page may read a WebSocket, so its handshake says nothing of that
        }

        Span<char> buffer = stackalloc char[MaxLength];
        if (!TryMakeKey(routed, origin, buffer, out var key))
        {
            return;
        }

        var lookup = _grants.GetAlternateLookup<ReadOnlySpan<char>>();
        var headers = context.Response.Headers;
        if (headers.AccessControlAllowOrigin is not [{ } allowed] || (allowed is not AnyOrigin && !string.Equals(allowed, origin, StringComparison.Ordinal)))
        {
            // A server that has failed may not have come to its policy.
            if (context.Response.StatusCode < StatusCodes.Status500InternalServerError)
            {
                lookup.TryRemove(key, out _);
            }

            return;
        }

        lookup.TryGetValue(key, out var former);
        var credentials = allowed is not AnyOrigin && headers.AccessControlAllowCredentials is ["true"]; // browsers refuse any origin with credentials
        var exposed = routed.Request.Kind is RequestKind.Preflight
            ? former?.ExposedHeaders // the answer to a preflight names none
            : (string?)headers.AccessControlExposeHeaders;
        if (former is not null && former.Equals(allowed, credentials, exposed))
        {
            former.SeenAt = time.GetTimestamp();
        }
        else if (exposed is null or { Length: <= MaxLength })
        {
            Add(key.ToString(), new CorsGrant(allowed, credentials, exposed, time.GetTimestamp()));
        }
    }

    /// <summary>Writes what nodes have said to the request's origin onto the gateway's own answer.</summary>
    public void Write(HttpContext context, RoutedRequest? routed)
    {
        if (routed is null || context.Request.Headers.Origin is not [{ } origin] || !TryFind(routed, origin, out var grant))
        {
            return;
        }

        var headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = grant.AllowedOrigin;
        if (grant.AllowedOrigin is not AnyOrigin)
        {
            headers.Append(HeaderNames.Vary, HeaderNames.Origin);
        }

        if (grant.AllowsCredentials)
        {
            headers.AccessControlAllowCredentials = "true";
        }

        if (grant.ExposedHeaders is { } exposed)
        {
            headers.AccessControlExposeHeaders = exposed;
        }
    }

    private bool TryFind(RoutedRequest routed, string origin, [NotNullWhen(true)] out CorsGrant? grant)
    {
        grant = null;
        Span<char> buffer = stackalloc char[MaxLength];
        return TryMakeKey(routed, origin, buffer, out var key)
            && _grants.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out grant)
            && time.GetElapsedTime(grant.SeenAt) <= Lifetime
            && (grant.AllowedOrigin is AnyOrigin || string.Equals(grant.AllowedOrigin, origin, StringComparison.Ordinal)); // keys do not look at case
    }

    private void Add(string key, CorsGrant grant)
    {
        lock (_gate)
        {
            if (_grants.Count >= MaxGrants && !_grants.ContainsKey(key))
            {
                foreach (var (oldest, _) in _grants.OrderBy(static pair => pair.Value.SeenAt).Take(MaxGrants / 4))
                {
                    _grants.TryRemove(oldest, out _);
                }
            }

            _grants[key] = grant;
        }
    }

    // A line end is in none of the three.
    private bool TryMakeKey(RoutedRequest routed, string origin, Span<char> buffer, out ReadOnlySpan<char> key)
    {
        var length = 0;
        var isKept = hubs.TryFindPlace(routed.Snapshot, routed.Request, out var place)
            && buffer.TryWrite($"{routed.Snapshot.ClusterId}\n{place}\n{origin}", out length);
        key = buffer[..length];
        return isKept;
    }
}
