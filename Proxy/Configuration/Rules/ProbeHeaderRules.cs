using System.Collections.Frozen;

namespace Proxy.Configuration;

/// <summary>What must hold in <c>Gateway:Health:Headers</c>. No value is shown: it may be a secret, such as an Authorization.</summary>
internal static class ProbeHeaderRules
{
    private const string Root = $"{nameof(GatewayOptions.Health)}:{nameof(HealthOptions.Headers)}:";
    private const string Fails = "every probe would fail";

    /// <summary>Fields of one connection (RFC 9110 7.6.1), and those by which the gateway says what its probe is.</summary>
    private static readonly FrozenSet<string> Own = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
        "Expect", "Accept", "Accept-Encoding", "Allow", "Expires", "Last-Modified");

    public static void Check(IReadOnlyDictionary<string, string> headers, Problems problems)
    {
        foreach (var (name, value) in headers)
        {
            var path = Root + name;
            if (!Tokens.IsToken(name))
            {
                problems.Error(path, $"is not the name of a header field, which consists of letters, digits and !#$%&'*+-.^_`|~ (RFC 9110); {Fails}");
            }
            else if (string.Equals(name, "Host", StringComparison.OrdinalIgnoreCase))
            {
                var host = problems.Name($"{nameof(GatewayOptions.Health)}:{nameof(HealthOptions.Host)}");
                problems.Error(path, $"is a field that {host} sets; write it there, or it would have no effect");
            }
            else if (Own.Contains(name) || StartsWith(name, "Content-") || StartsWith(name, "Sec-WebSocket-"))
            {
                problems.Error(path, $"is a field that the probe itself sets, because it belongs to the connection, the body or the transport; {Fails}");
            }

            if (value.Any(c => c is < ' ' or > '~'))
            {
                problems.Error(path, $"has a value (not shown) with a line end or another character that is not visible ASCII; {Fails}");
            }
        }
    }

    private static bool StartsWith(string name, string prefix) => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase);
}
