using System.Collections.Frozen;
using Microsoft.Extensions.Primitives;
using Proxy.Configuration;

namespace Proxy.Forwarding;

/// <summary>RFC 9110 7.6.1: fields that <c>Connection</c> names end at the intermediary.</summary>
internal static class FieldRules
{
    /// <summary>Fields that neither a client nor a node may make disappear by naming them.</summary>
    private static readonly FrozenSet<string> Protected = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "Host", "Content-Length", "Transfer-Encoding", "Content-Type", "Cookie", "Set-Cookie", "Authorization", "Upgrade", "Connection",
        "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Prefix");

    public static void DropNominated(StringValues connection, HttpRequestMessage request)
    {
        foreach (var name in Nominated(connection))
        {
            // Removing a field of the other kind throws.
            if (request.Headers.NonValidated.Contains(name))
            {
                request.Headers.Remove(name);
            }
            else if (request.Content is { } content && content.Headers.NonValidated.Contains(name))
            {
                content.Headers.Remove(name);
            }
        }
    }

    public static void DropNominated(StringValues connection, IHeaderDictionary headers)
    {
        foreach (var name in Nominated(connection))
        {
            headers.Remove(name);
        }
    }

    private static IEnumerable<string> Nominated(StringValues connection)
    {
        if (connection.Count == 0 || (connection.Count == 1 && IsPlain(connection[0])))
        {
            return [];
        }

        return connection
            .SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Where(name => !Protected.Contains(name) && !IsPlain(name) && Tokens.IsToken(name));
    }

    private static bool IsPlain(string? value) =>
        string.Equals(value, "keep-alive", StringComparison.OrdinalIgnoreCase)
        || string.Equals(value, "close", StringComparison.OrdinalIgnoreCase)
        || string.Equals(value, "upgrade", StringComparison.OrdinalIgnoreCase);
}
