using System.Globalization;
using System.Net;
using Proxy.Nginx.Grammar;
using Proxy.Nginx.Model;

namespace Proxy.Nginx.Reading;

/// <summary>Reads <c>listen</c>, and puts the servers of one address together.</summary>
internal static class ListenReader
{
    /// <summary>Adds a server to the addresses that it listens on: port 80 where it says none.</summary>
    public static void Add(NginxDirective server, IReadOnlyList<NginxDirective> directives, NginxServer model, NginxScope scope, ReadingContext context)
    {
        var listens = directives.Count > 0 ? directives : [new NginxDirective("listen", ["80"], Block: null, server.Position)];
        foreach (var directive in listens)
        {
            if (TryReadAddress(directive.Arguments[0]) is not { } address)
            {
                context.Error($"\"{directive.Arguments[0]}\" of \"listen\" is not supported, a port, or an IP address with or without one, is", directive);
                continue;
            }

            var listen = context.Model.Listens.Find(other => other.Address.Equals(address.Address) && other.Port == address.Port);
            if (listen is null)
            {
                listen = new NginxListen(address.Address, address.Port);
                context.Model.Listens.Add(listen);
            }

            if (listen.Servers.Contains(model))
            {
                context.Error($"a duplicate listen {directive.Arguments[0]}", directive);
                continue;
            }

            ReadParameters(directive, listen, model, scope, context);
            listen.Servers.Add(model);
            if (listen.IsTls)
            {
                AddCertificate(directive, listen, model, scope, context);
            }
        }

        if (context.Model.Listens.Exists(listen => listen.Servers.Count > 0) && scope.KeepAlive is var keepAlive)
        {
            // The gateway has one time for all listeners.
            if (context.Model.HasKeepAlive && context.Model.KeepAlive != keepAlive)
            {
                context.Error("another time of \"keepalive_timeout\" than another server has is not supported", server);
            }

            (context.Model.HasKeepAlive, context.Model.KeepAlive) = (true, keepAlive);
        }
    }

    /// <summary>Checks what the addresses are together.</summary>
    public static void Finish(NginxDirective http, ReadingContext context)
    {
        var listens = context.Model.Listens;
        foreach (var listen in listens)
        {
            foreach (var group in listen.Servers.SelectMany(static server => server.Names).GroupBy(static name => name, StringComparer.Ordinal)
                .Where(static group => group.Count() > 1))
            {
                var text = $"conflicting server name \"{group.Key}\" on port {listen.Port}: the first one counts";
                context.Model.Notes.Add(new NginxNote(NginxBytes.ToText(text), IsDifference: true));
            }

            var others = listens.Where(other => other != listen && other.Port == listen.Port).ToList();
            if (listen.Address.Equals(IPAddress.IPv6Any) && !others.Exists(static other => other.Address.Equals(IPAddress.Any)))
            {
                context.Error($"\"listen [::]:{listen.Port}\" without \"listen {listen.Port}\" is not supported; it would take IPv4, too", http);
            }

            if (IsAny(listen.Address) && others.Exists(static other => !IsAny(other.Address)))
            {
                context.Error($"\"listen\" on port {listen.Port} both of one address and of all is not supported", http);
            }

            if (IsAny(listen.Address) && others.Exists(other => other.IsTls != listen.IsTls || other.HasHttp2 != listen.HasHttp2))
            {
                context.Error($"\"listen\" on port {listen.Port} with other parameters for IPv6 than for IPv4 is not supported", http);
            }
        }
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static (IPAddress Address, int Port)? TryReadAddress(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var only))
        {
            return only is > 0 and < 65536 ? (IPAddress.Any, only) : null;
        }

        var colon = text.LastIndexOf(':');
        var hasPort = colon > text.LastIndexOf(']');
        var host = hasPort ? text[..colon] : text;
        var port = 80;
        if (hasPort && !(int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and < 65536))
        {
            return null;
        }

        return host is "*" ? (IPAddress.Any, port)
            : (host is ['[', .., ']'] || host.Split('.').Length == 4) && IPAddress.TryParse(host, out var address) ? (address, port)
            : null;
    }

    private static void ReadParameters(NginxDirective directive, NginxListen listen, NginxServer server, NginxScope scope, ReadingContext context)
    {
        foreach (var parameter in directive.Arguments.Skip(1))
        {
            switch (parameter.Split('=')[0])
            {
                case "default_server" or "default" when listen.Default is not null:
                    context.Error($"a duplicate default server for {directive.Arguments[0]}", directive);
                    break;
                case "default_server" or "default":
                    listen.Default = server;
                    break;
                case "ssl":
                    listen.IsTls = true;
                    break;
                case "http2":
                    listen.HasHttp2 = true;
                    break;
                case "reuseport" or "backlog" or "rcvbuf" or "sndbuf" or "deferred" or "fastopen" or "so_keepalive" or "bind":
                    break; // of the socket
                case "ipv6only" when parameter is "ipv6only=on" && listen.Address.Equals(IPAddress.IPv6Any):
                    break;
                default:
                    context.Error($"parameter \"{parameter}\" of \"listen\" is invalid or not supported", directive);
                    break;
            }
        }

        listen.HasHttp2 |= scope.Http2 && listen.IsTls;
        if (listen is { HasHttp2: true, IsTls: false })
        {
            context.Error("\"http2\" without \"ssl\" is not supported", directive);
        }
    }

    private static void AddCertificate(NginxDirective directive, NginxListen listen, NginxServer server, NginxScope scope, ReadingContext context)
    {
        if (scope.Certificate is not { } path || scope.Key is not { } key)
        {
            context.Error(scope.Certificate is null
                ? "no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive"
                : "no \"ssl_certificate_key\" is defined for the \"ssl_certificate\" directive", directive);
            return;
        }

        var certificates = context.Model.Certificates.TryGetValue(listen, out var known) ? known : context.Model.Certificates[listen] = [];
        if (certificates.Exists(other => !other.Protocols.SequenceEqual(scope.TlsVersions)))
        {
            context.Error("other \"ssl_protocols\" than another server of the same address are not supported", directive);
        }

        if (certificates.Count > 0 && certificates[0].Path != path
            && (server.Expressions.Count > 0 || server.Names.Any(static name => name.EndsWith('*') || name.Length == 0)))
        {
            context.Error("a certificate of its own for a server without names such as \"example.com\" or \"*.example.com\" is not supported", directive);
        }

        certificates.Add(new NginxCertificate(server, path, key, scope.TlsVersions));
    }
}
