using Tests.Common;

namespace EndToEndTests.Takeover;

/// <summary>A real HAProxy in front of nodes, which keeps clients on them by a cookie.</summary>
internal static class HAProxyProxy
{
    /// <summary>Starts it; each node is a server of its own name, whose cookie value is <c>s-</c> and the name.</summary>
    /// <param name="nodes">The nodes.</param>
    /// <param name="directives">What its section says beside the servers, such as <c>cookie SRV insert</c>.</param>
    /// <param name="hasValues">Whether the servers have values; dynamic cookies need none.</param>
    public static Task<ProxyProcess> StartAsync(IEnumerable<(string Name, Uri Url)> nodes, string[] directives, bool hasValues = true)
    {
        var section = directives.Concat(nodes.Select(node => $"server {node.Name} {node.Url.Authority}{(hasValues ? $" cookie s-{node.Name}" : "")}"));
        return ProxyProcess.StartAsync(
            "haproxy", Requirement.HAProxy(), (url, _) => Configuration(url, section), static (_, file) => ["-db", "-f", file]);
    }

    private static string Configuration(Uri url, IEnumerable<string> section) =>
        $"""
        defaults
          mode http
          timeout connect 10s
          timeout client 120s
          timeout server 120s
          timeout tunnel 10m
        listen nodes
          bind {url.Authority}
          balance roundrobin
          {string.Join("\n  ", section)}

        """;
}
