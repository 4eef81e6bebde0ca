using Proxy.Configuration;
using Proxy.Requests;

namespace Proxy.Routers;

/// <summary>One value of a request, named in a router's name: <c>ip</c>, <c>query:NAME</c> or <c>header:NAME</c>.</summary>
internal sealed class RequestValue
{
    private readonly string _kind;
    private readonly string _name;

    private RequestValue(string kind, string name)
    {
        _kind = kind;
        _name = name;
    }

    /// <summary>Whether it is the client's address; every other value is a part of the request that may hold secrets.</summary>
    public bool IsClientAddress => _kind is "ip";

    /// <summary>Parses the part of a router's name that names the value.</summary>
    public static RequestValue? TryParse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var (kind, name) = colon < 0 ? (text, "") : (text[..colon], text[(colon + 1)..]);
        return kind.ToLowerInvariant() switch
        {
            "ip" when colon < 0 => new RequestValue("ip", ""),
            "query" when IsQueryName(name) => new RequestValue("query", name),
            "header" when Tokens.IsToken(name) => new RequestValue("header", name),
            _ => null,
        };
    }

    public string? Read(HttpContext context) => _kind switch
    {
        "query" => context.Request.Query[_name],
        "header" => context.Request.Headers[_name],
        _ => context.ClientAddress()?.ToString(),
    };

    private static bool IsQueryName(string name) =>
        name.Length > 0 && !name.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || c is '&' or '=' or '#' or '?');
}
