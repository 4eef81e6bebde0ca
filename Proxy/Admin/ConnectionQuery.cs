using Proxy.Connections;
using Proxy.Metrics;

namespace Proxy.Admin;

/// <summary>Which connections <c>GET /affinity/connections</c> lists.</summary>
/// <param name="Node">Of one node only.</param>
/// <param name="Transport">With one transport only.</param>
/// <param name="Limit">How many at most.</param>
/// <param name="After">Only those whose id follows this one.</param>
internal sealed record ConnectionQuery(string? Node, string? Transport, int Limit, IdKey? After)
{
    public const int DefaultLimit = 100;

    public const int MaxLimit = 1000;

    private static readonly string[] Names = ["node", "transport", "limit", "after"];

    private static readonly string[] Transports =
        [Requests.Transport.WebSockets.Name(), Requests.Transport.ServerSentEvents.Name(), Requests.Transport.LongPolling.Name(), DiagnosticNames.Negotiated];

    /// <summary>Reads the query of a request.</summary>
    /// <param name="query">The query.</param>
    /// <param name="problem">What is wrong with it, or <see langword="null"/>.</param>
    public static ConnectionQuery? TryRead(IQueryCollection query, out string? problem)
    {
        problem = null;
        if (query.Keys.FirstOrDefault(key => !Names.Contains(key, StringComparer.OrdinalIgnoreCase)) is { } unknown)
        {
            problem = $"'{unknown}' is none of {string.Join(", ", Names)}.";
            return null;
        }

        var transport = Text(query, "transport");
        if (transport is not null && !Transports.Contains(transport, StringComparer.Ordinal))
        {
            problem = $"transport is '{transport}' but must be one of {string.Join(", ", Transports)}.";
            return null;
        }

        if (!TryReadLimit(query, DefaultLimit, MaxLimit, out var limit))
        {
            problem = $"limit is '{query["limit"]}' but must be a whole number from 1 to {MaxLimit}.";
            return null;
        }

        IdKey? after = null;
        if (Text(query, "after") is { } text)
        {
            if (!IdKey.TryParse(text, out var key))
            {
                problem = $"after is '{text}' but must be the id of the last connection of the page before: 32 hexadecimal digits.";
                return null;
            }

            after = key;
        }

        return new ConnectionQuery(Text(query, "node"), transport, limit, after);
    }

    /// <summary>Reads <c>limit</c>.</summary>
    public static bool TryReadLimit(IQueryCollection query, int fallback, int most, out int limit)
    {
        limit = fallback;
        return Text(query, "limit") is not { } text
            || (int.TryParse(text, System.Globalization.NumberStyles.None, null, out limit) && limit >= 1 && limit <= most);
    }

    private static string? Text(IQueryCollection query, string name) =>
        query.TryGetValue(name, out var value) && value.ToString() is { Length: > 0 } text ? text : null;
}
