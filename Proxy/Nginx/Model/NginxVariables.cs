using System.Collections.Frozen;
using Microsoft.Net.Http.Headers;
using Proxy.Requests;

namespace Proxy.Nginx.Model;

/// <summary>The variables that can be used: nginx's own, and those that maps make.</summary>
internal sealed class NginxVariables
{
    private static readonly FrozenDictionary<string, NginxVariable> Own = new Dictionary<string, NginxVariable>(StringComparer.Ordinal)
    {
        ["args"] = static request => request.Target.Query,
        ["content_length"] = static request => request.Context.Request.Headers.ContentLength?.ToString() ?? "",
        ["content_type"] = static request => request.Context.Request.Headers.ContentType.ToString(),
        ["document_uri"] = static request => request.Target.Path,
        ["host"] = static request => request.Host.Length > 0 ? request.Host : request.Server.Name,
        ["https"] = static request => request.Context.Request.IsHttps ? "on" : "",
        ["is_args"] = static request => request.Target.Query.Length > 0 ? "?" : "",
        ["proxy_add_x_forwarded_for"] = static request => AddForwardedFor(request),
        ["proxy_host"] = static request => request.Location.Proxy?.Host ?? "",
        ["proxy_port"] = static request => request.Location.Proxy?.Port.ToString() ?? "",
        ["query_string"] = static request => request.Target.Query,
        ["remote_addr"] = static request => Address(request),
        ["remote_port"] = static request => request.Context.Connection.RemotePort.ToString(),
        ["request_method"] = static request => request.Context.Request.Method,
        ["request_uri"] = static request => request.Target.Raw,
        ["scheme"] = static request => request.Context.Request.Scheme,
        ["server_name"] = static request => request.Server.Name,
        ["server_port"] = static request => request.Context.Connection.LocalPort.ToString(),
        ["server_protocol"] = static request => HttpProtocol.IsHttp2(request.Context.Request.Protocol) ? "HTTP/2.0" : request.Context.Request.Protocol,
        ["uri"] = static request => request.Target.Path,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private readonly Dictionary<string, NginxMap> _maps = new(StringComparer.Ordinal);

    /// <summary>Adds the variable of a map.</summary>
    /// <returns><see langword="false"/> when nginx has a variable of that name, which could not be told from it any more.</returns>
    public bool TryAdd(NginxMap map)
    {
        if (Own.ContainsKey(map.Name))
        {
            return false;
        }

        _maps[map.Name] = map;
        return true;
    }

    /// <summary>The map of a name, or <see langword="null"/>.</summary>
    public NginxMap? MapOf(string name) => _maps.GetValueOrDefault(name);

    /// <summary>The variable of a name, or <see langword="null"/>.</summary>
    public NginxVariable? Find(string name)
    {
        if (_maps.TryGetValue(name, out var map))
        {
            return map.Evaluate;
        }

        if (Own.TryGetValue(name, out var own))
        {
            return own;
        }

        return name switch
        {
            ['h', 't', 't', 'p', '_', _, ..] => request => Field(request, name[5..].Replace('_', '-')),
            ['a', 'r', 'g', '_', _, ..] => request => Argument(request.Target.Query, name[4..]),
            ['c', 'o', 'o', 'k', 'i', 'e', '_', _, ..] => request => Cookie(request, name[7..]),
            _ => null,
        };
    }

    private static string Address(NginxRequest request) => request.Context.PeerAddress()?.ToString() ?? "unix:";

    private static string AddForwardedFor(NginxRequest request) =>
        Field(request, "X-Forwarded-For") is { Length: > 0 } before ? $"{before}, {Address(request)}" : Address(request);

    // nginx joins the values of a field since 1.23; before it took the first.
    private static string Field(NginxRequest request, string name) => request.Context.Request.Headers[name] switch
    {
        { Count: 0 } => "",
        { Count: 1 } one => one[0] ?? "",
        var many => string.Join(name.Equals(HeaderNames.Cookie, StringComparison.OrdinalIgnoreCase) ? "; " : ", ", many.ToArray()),
    };

    private static string Argument(string query, string name)
    {
        foreach (var range in query.AsSpan().Split('&'))
        {
            var pair = query.AsSpan()[range];
            if (pair.Length > name.Length && pair[name.Length] == '=' && pair.StartsWith(name, StringComparison.OrdinalIgnoreCase))
            {
                return pair[(name.Length + 1)..].ToString();
            }
        }

        return "";
    }

    private static string Cookie(NginxRequest request, string name)
    {
        foreach (var field in request.Context.Request.Headers.Cookie)
        {
            foreach (var range in field.AsSpan().Split(';'))
            {
                var pair = field.AsSpan()[range].Trim();
                var equals = pair.IndexOf('=');
                if (equals > 0 && pair[..equals].TrimEnd().Equals(name, StringComparison.OrdinalIgnoreCase))
                {
                    return pair[(equals + 1)..].TrimStart().ToString();
                }
            }
        }

        return "";
    }
}
