namespace Proxy.Configuration;

/// <summary>The value of <c>Gateway:Router</c>, taken apart.</summary>
/// <param name="Kind">The first word, such as <c>weighted</c>, <c>hash</c>, <c>query</c> or the name of a router registered in code.</param>
/// <param name="Source">For <c>hash</c>: <c>ip</c>, <c>query</c> or <c>header</c>.</param>
/// <param name="Parameter">The name of the query parameter or header.</param>
internal sealed record RouterName(string Kind, string? Source = null, string? Parameter = null)
{
    /// <summary>The routers that are always there, as they are written.</summary>
    public static readonly IReadOnlyList<string> Plain = ["weighted", "random", "round-robin", "least-connections"];

    /// <summary>For messages: everything that can be written without code.</summary>
    public const string Forms = "weighted, random, round-robin, least-connections, hash:ip, hash:query:NAME, hash:header:NAME, query:NAME, header:NAME";

    /// <summary>Reads a value.</summary>
    /// <param name="text">Such as <c>hash:query:room</c>; words are compared without case.</param>
    /// <param name="registered">Names of routers registered in code.</param>
    /// <param name="name">The parts; built-in words in lower case.</param>
    public static bool TryParse(string text, IReadOnlyCollection<string> registered, out RouterName? name)
    {
        name = registered.FirstOrDefault(r => string.Equals(r, text, StringComparison.OrdinalIgnoreCase)) is { } known ? new RouterName(known)
            : Plain.FirstOrDefault(r => string.Equals(r, text, StringComparison.OrdinalIgnoreCase)) is { } plain ? new RouterName(plain)
            : ParseParts(text.Split(':', 3));
        return name is not null;
    }

    private static RouterName? ParseParts(string[] parts)
    {
        var words = parts.Select(p => p.ToLowerInvariant()).ToArray();
        return words switch
        {
            ["hash", "ip"] => new RouterName("hash", "ip"),
            ["hash", "query", _] when IsQueryName(parts[2]) => new RouterName("hash", "query", parts[2]),
            ["hash", "header", _] when Tokens.IsToken(parts[2]) => new RouterName("hash", "header", parts[2]),
            ["query", _] when IsQueryName(parts[1]) => new RouterName("query", "query", parts[1]),
            ["header", _] when Tokens.IsToken(parts[1]) => new RouterName("header", "header", parts[1]),
            _ => null,
        };
    }

    private static bool IsQueryName(string name) => name.Length > 0 && !name.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || c is '&' or '=' or '#' or '?');
}
