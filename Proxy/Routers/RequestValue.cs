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

    /// <summary>Parses the part of a router's name that names the value.</summary>
    public static RequestValue? TryParse(string text)
    {
        if (string.Equals(text, "ip", StringComparison.OrdinalIgnoreCase))
        {
            return new RequestValue("ip", "");
        }

        var colon = text.IndexOf(':');
        var kind = colon < 0 ? "" : text[..colon].ToLowerInvariant();
        return kind is "query" or "header" && colon < text.Length - 1 ? new RequestValue(kind, text[(colon + 1)..]) : null;
    }

    public string? Read(HttpContext context) => _kind switch
    {
        "query" => context.Request.Query[_name],
        "header" => context.Request.Headers[_name],
        _ => context.ClientAddress()?.ToString(),
    };
}
