using Proxy.Configuration;
using Proxy.Nginx.Grammar;
using Proxy.Nginx.Model;

namespace Proxy.Nginx.Reading;

/// <summary>Reads the directives that blocks hand on to the blocks inside of them.</summary>
internal static class ScopeReader
{
    // The gateway frames requests by itself.
    private static readonly string[] Framing = ["Content-Length", "Transfer-Encoding"];

    /// <summary>Applies a directive.</summary>
    /// <returns><see langword="false"/> when it is none of these.</returns>
    public static bool TryApply(NginxDirective directive, NginxScope scope, ReadingContext context)
    {
        var value = directive.Arguments is [var first, ..] ? first : "";
        switch (directive.Name)
        {
            case "proxy_set_header":
                ReadField(directive, scope, context);
                break;
            case "add_header":
                ReadAddedField(directive, scope, context);
                break;
            case "proxy_hide_header":
                (scope.OwnHidden ??= []).Add(value);
                break;
            case "proxy_http_version":
                scope.OwnHttpVersion = Once(scope.OwnHttpVersion, value, directive, context);
                if (value is not ("1.0" or "1.1"))
                {
                    context.Error($"invalid value \"{value}\"", directive);
                }

                break;
            case "proxy_redirect":
                scope.OwnRedirects = value is "default";
                if (directive.Arguments is not ["off"] and not ["default"])
                {
                    context.Error($"\"{directive}\" is not supported, \"default\" and \"off\" are", directive);
                }

                break;
            case "proxy_read_timeout":
                scope.OwnReadTimeout = Once(
                    scope.OwnReadTimeout, ReadTime(value, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), directive, context), directive, context);
                break;
            case "proxy_connect_timeout":
                scope.OwnConnectTimeout = Once(
                    scope.OwnConnectTimeout, ReadTime(value, TimeSpan.FromSeconds(0.1), TimeSpan.FromMinutes(1), directive, context), directive, context);
                break;
            case "keepalive_timeout":
                scope.OwnKeepAlive = Once(
                    scope.OwnKeepAlive, ReadTime(value, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), directive, context), directive, context);
                if (directive.Arguments.Count > 1)
                {
                    context.Error("the field \"Keep-Alive\" of \"keepalive_timeout\" is not supported", directive);
                }

                break;
            case "client_max_body_size":
                scope.OwnMaxBody = Once(scope.OwnMaxBody, NginxUnits.TryReadSize(value), directive, context);
                if (scope.OwnMaxBody is null)
                {
                    context.Error("\"client_max_body_size\" directive invalid value", directive);
                }

                break;
            case "default_type":
                scope.OwnDefaultType = Once(scope.OwnDefaultType, value, directive, context);
                break;
            case "types":
                ReadTypes(directive, scope, context);
                break;
            case "http2":
                scope.OwnHttp2 = value is "on";
                if (value is not ("on" or "off"))
                {
                    context.Error($"invalid value \"{value}\" in \"http2\" directive, it must be \"on\" or \"off\"", directive);
                }

                break;
            case "ssl_certificate":
                scope.OwnCertificate = ReadFile(scope.OwnCertificate, value, directive, context);
                break;
            case "ssl_certificate_key":
                scope.OwnKey = ReadFile(scope.OwnKey, value, directive, context);
                break;
            case "ssl_protocols":
                scope.OwnTlsVersions = ReadTlsVersions(directive, context);
                break;
            default:
                return false;
        }

        return true;
    }

    private static T Once<T>(T? own, T value, NginxDirective directive, ReadingContext context)
    {
        if (own is not null)
        {
            context.Error($"\"{directive.Name}\" directive is duplicate", directive);
        }

        return value;
    }

    private static void ReadField(NginxDirective directive, NginxScope scope, ReadingContext context)
    {
        var name = directive.Arguments[0];
        if (!Tokens.IsToken(name) || Framing.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            context.Error($"the field \"{name}\" cannot be set", directive);
            return;
        }

        (scope.OwnFields ??= []).Add(new NginxField(name, context.ReadText(directive.Arguments[1], directive)));
    }

    private static void ReadAddedField(NginxDirective directive, NginxScope scope, ReadingContext context)
    {
        var name = directive.Arguments[0];
        if (directive.Arguments is [_, _, not "always"])
        {
            context.Error($"invalid parameter \"{directive.Arguments[2]}\"", directive);
        }

        // nginx puts these into its own answer instead of adding them.
        if (!Tokens.IsToken(name) || Framing.Contains(name, StringComparer.OrdinalIgnoreCase)
            || name.ToLowerInvariant() is "last-modified" or "etag" or "connection" or "upgrade" or "server" or "date" or "location")
        {
            context.Error($"the field \"{name}\" cannot be added", directive);
            return;
        }

        (scope.OwnAddedFields ??= []).Add(new NginxField(name, context.ReadText(directive.Arguments[1], directive), directive.Arguments.Count == 3));
    }

    private static TimeSpan? ReadTime(string value, TimeSpan least, TimeSpan most, NginxDirective directive, ReadingContext context)
    {
        if (NginxUnits.TryReadTime(value) is not { } time)
        {
            context.Error($"\"{directive.Name}\" directive invalid value", directive);
            return TimeSpan.FromSeconds(60);
        }

        if (time < least || time > most)
        {
            context.Error($"\"{directive}\" is not supported, times from {least.TotalSeconds} s to {most.TotalSeconds} s are", directive);
        }

        return time;
    }

    private static void ReadTypes(NginxDirective directive, NginxScope scope, ReadingContext context)
    {
        scope.OwnTypes ??= new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var type in directive.Block!)
        {
            if (type.Block is not null || type.Arguments.Count == 0)
            {
                context.Error("invalid number of arguments in \"types\" directive", type);
            }

            foreach (var extension in type.Arguments)
            {
                scope.OwnTypes[NginxBytes.ToLower(extension)] = type.Name;
            }
        }
    }

    private static string? ReadFile(string? own, string name, NginxDirective directive, ReadingContext context)
    {
        if (name.Contains('$') || name.StartsWith("data:", StringComparison.Ordinal) || name.StartsWith("engine:", StringComparison.Ordinal))
        {
            context.Error($"\"{directive}\" is not supported, the name of a file is", directive);
        }

        if (own is not null)
        {
            context.Error($"a second \"{directive.Name}\" is not supported", directive);
        }

        var path = context.PathOf(name);
        try
        {
            using var file = File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            context.Error($"cannot load \"{name}\": {NginxFiles.Reason(e)}", directive);
        }

        return path;
    }

    private static List<string> ReadTlsVersions(NginxDirective directive, ReadingContext context)
    {
        var versions = new List<string>();
        foreach (var argument in directive.Arguments)
        {
            if (argument switch { "TLSv1" => "Tls", "TLSv1.1" => "Tls11", "TLSv1.2" => "Tls12", "TLSv1.3" => "Tls13", _ => null } is { } version)
            {
                versions.Add(version);
            }
            else
            {
                context.Error($"invalid value \"{argument}\"", directive);
            }
        }

        return versions;
    }
}
