using Yarp.ReverseProxy.Configuration;

namespace Proxy.Configuration;

/// <summary>Two clusters must not write their cookies under one name where a browser would hold both: an answer would overwrite the other cluster's.</summary>
/// <remarks>
/// A browser tells cookies apart by name, domain and path (RFC 6265, section 5.3), and without a Domain attribute by the host that it has asked.
/// </remarks>
internal static class CookieNameRule
{
    /// <param name="clusters">The clusters that take part, each with the options that are in force for it.</param>
    /// <param name="routes">Every route.</param>
    /// <param name="problems">Takes in the errors, at keys below <c>ReverseProxy</c>.</param>
    public static void Check(IEnumerable<(string ClusterId, GatewayOptions Options)> clusters, IReadOnlyList<RouteConfig> routes, Problems problems)
    {
        var cookies = clusters.Where(static cluster => cluster.Options.Affinity.Cookie.Enabled)
            .Select(static cluster => (cluster.ClusterId, cluster.Options.Affinity.Cookie)).ToArray();
        for (var i = 1; i < cookies.Length; i++)
        {
            var (id, cookie) = cookies[i];
            var name = cookie.NameFor(id);
            if (Array.Find(cookies[..i], other => IsSame(name, cookie, other.Cookie, other.ClusterId) && ShareAHost(id, cookie, other.ClusterId, routes))
                is { ClusterId: { } first })
            {
                problems.Error($"Clusters:{id}:Metadata:Cookie.Name",
                    $"is {Quoted.Value(name)}, which is the name of the cookie of cluster {first}, too; the two would overwrite each other in browsers. "
                    + $"Give the cluster a Cookie.Name or Cookie.Path of its own, or leave {GatewayOptions.SectionName}:Affinity:Cookie:Name out");
            }
        }
    }

    private static bool IsSame(string name, AffinityCookieOptions cookie, AffinityCookieOptions other, string otherId) =>
        string.Equals(name, other.NameFor(otherId), StringComparison.Ordinal)
        && string.Equals(cookie.Path, other.Path, StringComparison.Ordinal)
        && string.Equals(cookie.Domain?.TrimStart('.'), other.Domain?.TrimStart('.'), StringComparison.OrdinalIgnoreCase);

    private static bool ShareAHost(string id, AffinityCookieOptions cookie, string otherId, IReadOnlyList<RouteConfig> routes)
    {
        if (cookie.Domain is not null || HostsOf(id, routes) is not { } hosts || HostsOf(otherId, routes) is not { } others)
        {
            return true;
        }

        return hosts.Any(host => others.Any(other => Covers(host, other) || Covers(other, host)));
    }

    // The hosts that lead to a cluster, or null where a route of it takes every host. Cookies do not know ports.
    private static string[]? HostsOf(string clusterId, IReadOnlyList<RouteConfig> routes)
    {
        var own = routes.Where(route => string.Equals(route.ClusterId, clusterId, StringComparison.OrdinalIgnoreCase)).ToArray();
        return own.Length == 0 || Array.Exists(own, static route => route.Match.Hosts is not { Count: > 0 })
            ? null
            : [.. own.SelectMany(static route => route.Match.Hosts!).Select(static host => new HostString(host).Host)];
    }

    private static bool Covers(string pattern, string host) =>
        string.Equals(pattern, host, StringComparison.OrdinalIgnoreCase)
        || pattern == "*" || (pattern.StartsWith("*.", StringComparison.Ordinal) && host.EndsWith(pattern[1..], StringComparison.OrdinalIgnoreCase));
}
