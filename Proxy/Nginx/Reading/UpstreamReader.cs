using System.Globalization;
using Proxy.Nginx.Grammar;
using Proxy.Nginx.Model;

namespace Proxy.Nginx.Reading;

/// <summary>Reads an <c>upstream</c>.</summary>
internal static class UpstreamReader
{
    public static void Read(NginxDirective directive, ReadingContext context)
    {
        var upstream = new NginxUpstream(directive.Arguments[0]);
        if (upstream.Id.AsSpan().ContainsAny(":/$"))
        {
            context.Error($"\"{upstream.Id}\" is not supported as the name of an upstream", directive);
            return;
        }

        if (!context.Model.Upstreams.TryAdd(upstream.Id, upstream))
        {
            context.Error($"duplicate upstream \"{upstream.Id}\"", directive);
            return;
        }

        NginxDirective? method = null;
        NginxDirective? backup = null;
        var hasServer = false;
        foreach (var inner in directive.Block!)
        {
            // "server" is a block of servers elsewhere, and some directives mean another thing here.
            if (inner is { Name: "server", Block: null })
            {
                hasServer = true;
                backup = ReadServer(inner, upstream, context) ? inner : backup;
            }
            else if (inner.Name is "keepalive_timeout")
            {
                context.Note(inner);
            }
            else if (context.Admit(inner, DirectiveContexts.Upstream))
            {
                if (inner.Name is "sticky")
                {
                    ReadSticky(inner, upstream, context);
                }
                else if (method is not null)
                {
                    context.Error("load balancing method redefined", inner);
                }
                else
                {
                    method = inner;
                    ReadMethod(inner, upstream, context);
                }
            }
        }

        if (!hasServer)
        {
            context.Error($"no servers are inside upstream \"{upstream.Id}\"", directive);
        }
        else if (!upstream.Peers.Exists(static peer => !peer.IsBackup))
        {
            context.Error($"all servers of upstream \"{upstream.Id}\" are down or backup, which is not supported", directive);
        }

        if (backup is not null && method is { Name: "ip_hash" or "hash" or "random" })
        {
            context.Error("balancing method does not support parameter \"backup\"", backup);
        }
    }

    /// <summary>Reads host and port; the port is 80 where none is given.</summary>
    public static (string Host, int Port)? TryReadAddress(string text)
    {
        var colon = text.LastIndexOf(':');
        var hasPort = colon > text.LastIndexOf(']');
        var host = hasPort ? text[..colon] : text;
        var port = 80;
        return host.Length > 0 && Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6
            && (host[0] == '[' || !host.Contains(':'))
            && (!hasPort || (int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and < 65536))
            ? (host, port)
            : null;
    }

    // Whether it is a backup.
    private static bool ReadServer(NginxDirective directive, NginxUpstream upstream, ReadingContext context)
    {
        if (directive.Arguments.Count == 0)
        {
            context.Error("invalid number of arguments in \"server\" directive", directive);
            return false;
        }

        if (TryReadAddress(directive.Arguments[0]) is not { } address)
        {
            context.Error(directive.Arguments[0].StartsWith("unix:", StringComparison.Ordinal)
                ? $"\"{directive.Arguments[0]}\" is not supported, host and port are"
                : $"invalid host in upstream \"{directive.Arguments[0]}\"", directive);
            return false;
        }

        var (weight, maxConnections, isBackup, isDown) = (1, 0, false, false);
        foreach (var parameter in directive.Arguments.Skip(1))
        {
            var equals = parameter.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? parameter : parameter[..equals];
            var number = int.TryParse(parameter[(equals + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : -1;
            switch (name)
            {
                case "weight" when number is > 0 and <= 1000:
                    weight = number;
                    break;
                case "max_conns" when number >= 0:
                    maxConnections = number;
                    break;
                case "backup" when equals < 0:
                    isBackup = true;
                    break;
                case "down" when equals < 0:
                    isDown = true;
                    break;
                case "max_fails" when number >= 0:
                case "fail_timeout" when equals > 0 && NginxUnits.TryReadTime(parameter[(equals + 1)..]) is not null:
                    break; // a dead node is found by the gateway's own means
                default:
                    context.Error($"invalid or unsupported parameter \"{parameter}\"", directive);
                    break;
            }
        }

        var peer = new NginxPeer($"{address.Host}:{address.Port}", weight, maxConnections, isBackup);
        if (upstream.Peers.Exists(other => string.Equals(other.Address, peer.Address, StringComparison.OrdinalIgnoreCase)))
        {
            context.Error($"server \"{peer.Address}\" twice in an upstream is not supported; \"weight\" gives it a larger share", directive);
        }
        else if (!isDown)
        {
            upstream.Peers.Add(peer);
        }

        return isBackup;
    }

    private static void ReadMethod(NginxDirective directive, NginxUpstream upstream, ReadingContext context)
    {
        var argument = directive.Arguments is [var first, ..] ? first : "";
        var router = directive.Name switch
        {
            "ip_hash" => "ip_hash",
            "least_conn" => "least-connections",
            "random" when argument.Length == 0 => "random",
            "hash" when directive.Arguments is [_] or [_, "consistent"] => HashRouter(argument),
            _ => null,
        };
        if (router is null)
        {
            context.Error($"\"{directive}\" is not supported", directive);
            return;
        }

        upstream.Router = router;
    }

    private static string? HashRouter(string key) => key switch
    {
        "$remote_addr" => "hash:ip",
        ['$', 'a', 'r', 'g', '_', .. { Length: > 0 } name] when IsName(name) => "hash:query:" + name,
        ['$', 'h', 't', 't', 'p', '_', .. { Length: > 0 } name] when IsName(name) => "hash:header:" + name.Replace('_', '-'),
        _ => null,
    };

    private static bool IsName(string name) => name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static void ReadSticky(NginxDirective directive, NginxUpstream upstream, ReadingContext context)
    {
        if (directive.Arguments is not ["cookie", var name, ..])
        {
            context.Error($"\"{directive}\" is not supported, \"sticky cookie NAME\" is", directive);
            return;
        }

        // nginx writes no attribute that is not given.
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HttpOnly"] = "false",
            ["SameSite"] = "Unspecified",
            ["SecurePolicy"] = "None",
        };
        foreach (var parameter in directive.Arguments.Skip(2))
        {
            var equals = parameter.IndexOf('=', StringComparison.Ordinal);
            var value = parameter[(equals + 1)..];
            switch (equals < 0 ? parameter : parameter[..equals])
            {
                case "expires" when value is "max":
                    settings["Expires"] = "max";
                    break;
                case "expires" when NginxUnits.TryReadTime(value) is { } time:
                    settings["Expires"] = time.ToString("c", CultureInfo.InvariantCulture);
                    break;
                case "domain" when equals > 0 && !value.Contains('$'):
                    settings["Domain"] = value;
                    break;
                case "path" when equals > 0:
                    settings["Path"] = value;
                    break;
                case "httponly":
                    settings["HttpOnly"] = "true";
                    break;
                case "secure":
                    settings["SecurePolicy"] = "Always";
                    break;
                case "samesite" when value.ToLowerInvariant() is "lax" or "strict" or "none":
                    settings["SameSite"] = char.ToUpperInvariant(value[0]) + value[1..].ToLowerInvariant();
                    break;
                default:
                    context.Error($"invalid or unsupported parameter \"{parameter}\"", directive);
                    break;
            }
        }

        upstream.Sticky = new NginxStickyCookie(name, settings);
    }
}
