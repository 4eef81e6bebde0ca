using System.Globalization;
using Proxy.Nginx.Grammar;
using Proxy.Nginx.Model;

namespace Proxy.Nginx.Reading;

/// <summary>Reads a <c>location</c> with those inside of it.</summary>
internal static class LocationReader
{
    private const string Http = "http://";

    public static void Read(NginxDirective directive, NginxLocation parent, NginxScope outer, ReadingContext context)
    {
        if (ReadName(directive, context) is not { } name || !IsInside(directive, name, parent, context))
        {
            return;
        }

        var expression = name.Kind is LocationKind.Expression ? context.ReadExpression(name.Text, name.IgnoresCase, directive) : null;
        var location = new NginxLocation(name.Kind, name.Text) { Expression = expression };
        if (!TryAdd(location, parent, directive, context))
        {
            return;
        }

        var scope = new NginxScope(outer);
        NginxDirective? pass = null;
        var inner = new List<NginxDirective>();
        foreach (var child in directive.Block!.Where(child => context.Admit(child, DirectiveContexts.Location)))
        {
            switch (child.Name)
            {
                case "location":
                    inner.Add(child);
                    break;
                case "return":
                    location.Return ??= ReadReturn(child, context);
                    break;
                case "proxy_pass" when pass is not null:
                    context.Error("\"proxy_pass\" directive is duplicate", child);
                    break;
                case "proxy_pass":
                    pass = child;
                    break;
                default:
                    ScopeReader.TryApply(child, scope, context);
                    break;
            }
        }

        Complete(location, scope);
        if (pass is not null)
        {
            location.Proxy = ReadPass(pass, location, scope, context);
        }
        else if (location.Return is null)
        {
            context.Error($"location \"{name.Text}\" would serve files, which is not supported; it needs \"proxy_pass\" or \"return\"", directive);
        }

        foreach (var child in inner)
        {
            Read(child, location, scope, context);
        }

        Sort(location);
    }

    /// <summary>Gives a location what its scope holds.</summary>
    public static void Complete(NginxLocation location, NginxScope scope)
    {
        location.AddedFields = scope.AddedFields;
        location.MaxBodyBytes = scope.MaxBody == 0 ? null : scope.MaxBody;
        location.Types = scope.Types;
        location.DefaultType = scope.DefaultType;
    }

    /// <summary>Puts the locations inside of one into the order in which they are looked at.</summary>
    public static void Sort(NginxLocation location) => location.Prefixes.Sort(static (a, b) => b.Name.Length.CompareTo(a.Name.Length));

    public static NginxReturn? ReadReturn(NginxDirective directive, ReadingContext context)
    {
        var first = directive.Arguments[0];
        if (directive.Arguments.Count == 1 && IsAddress(first))
        {
            return new NginxReturn(StatusCodes.Status302Found, context.ReadText(first, directive));
        }

        if (!int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var status) || status > 999)
        {
            context.Error($"invalid return code \"{first}\"", directive);
            return null;
        }

        var answer = new NginxReturn(status, directive.Arguments is [_, var text] ? context.ReadText(text, directive) : null);
        if (status is < 200 or (> 599) || (answer.IsRedirect && answer.Text is null))
        {
            context.Error($"\"{directive}\" is not supported", directive);
            return null;
        }

        return answer;
    }

    private static bool IsAddress(string text) => text.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
        || text.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("$scheme", StringComparison.OrdinalIgnoreCase);

    private static (LocationKind Kind, string Text, bool IgnoresCase)? ReadName(NginxDirective directive, ReadingContext context)
    {
        var (modifier, text) = directive.Arguments is [var first, var second] ? (first, second) : Split(directive.Arguments[0]);
        switch (modifier)
        {
            case "=":
                return (LocationKind.Exact, text, false);
            case "^~":
                return (LocationKind.FinalPrefix, text, false);
            case "~":
                return (LocationKind.Expression, text, false);
            case "~*":
                return (LocationKind.Expression, text, true);
            case "" when text is ['@', ..]:
                context.Error($"the named location \"{text}\" is not supported", directive);
                return null;
            case "":
                return (LocationKind.Prefix, text, false);
            default:
                context.Error($"invalid location modifier \"{modifier}\"", directive);
                return null;
        }
    }

    private static (string Modifier, string Text) Split(string name) => name switch
    {
        ['=', ..] => ("=", name[1..]),
        ['^', '~', ..] => ("^~", name[2..]),
        ['~', '*', ..] => ("~*", name[2..]),
        ['~', ..] => ("~", name[1..]),
        _ => ("", name),
    };

    private static bool IsInside(
        NginxDirective directive, (LocationKind Kind, string Text, bool IgnoresCase) name, NginxLocation parent, ReadingContext context)
    {
        var problem = parent.Kind switch
        {
            LocationKind.Exact => $"location \"{name.Text}\" cannot be inside the exact location \"{parent.Name}\"",
            LocationKind.Prefix or LocationKind.FinalPrefix when name.Kind is not LocationKind.Expression
                && !name.Text.StartsWith(parent.Name, StringComparison.Ordinal) => $"location \"{name.Text}\" is outside location \"{parent.Name}\"",
            _ => null,
        };
        if (problem is not null)
        {
            context.Error(problem, directive);
        }

        return problem is null;
    }

    private static bool TryAdd(NginxLocation location, NginxLocation parent, NginxDirective directive, ReadingContext context)
    {
        if (location.Kind is LocationKind.Expression)
        {
            if (location.Expression is not null)
            {
                parent.Expressions.Add(location);
            }

            return location.Expression is not null;
        }

        var isNew = location.Kind is LocationKind.Exact
            ? parent.Exact.TryAdd(location.Name, location)
            : !parent.Prefixes.Exists(other => other.Name == location.Name);
        if (!isNew)
        {
            context.Error($"duplicate location \"{location.Name}\"", directive);
        }
        else if (location.Kind is not LocationKind.Exact)
        {
            parent.Prefixes.Add(location);
        }

        return isNew;
    }

    private static NginxProxy? ReadPass(NginxDirective directive, NginxLocation location, NginxScope scope, ReadingContext context)
    {
        var url = directive.Arguments[0];
        if (url.Contains('$'))
        {
            context.Error("variables in \"proxy_pass\" are not supported", directive);
            return null;
        }

        if (!url.StartsWith(Http, StringComparison.OrdinalIgnoreCase))
        {
            context.Error(url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("http:", StringComparison.OrdinalIgnoreCase)
                ? $"\"{directive}\" is not supported, http://HOST is"
                : "invalid URL prefix", directive);
            return null;
        }

        var slash = url.IndexOf('/', Http.Length);
        var host = slash < 0 ? url[Http.Length..] : url[Http.Length..slash];
        var path = slash < 0 ? null : url[slash..];
        if (path is not null && location.Kind is LocationKind.Expression)
        {
            context.Error("\"proxy_pass\" cannot have URI part in location given by regular expression, or inside named location, or inside \"if\" statement, "
                + "or inside \"limit_except\" block", directive);
            return null;
        }

        if (FindUpstream(host, directive, context) is not { } upstream)
        {
            return null;
        }

        var timeouts = (scope.ConnectTimeout, scope.ReadTimeout);
        if (upstream.Timeouts is { } others && others != timeouts)
        {
            context.Error(
                $"other times of \"proxy_read_timeout\" or \"proxy_connect_timeout\" than another location that uses \"{host}\" are not supported", directive);
        }

        upstream.Timeouts = timeouts;
        var (name, port) = context.Model.Upstreams.ContainsKey(host) ? (host, 80) : UpstreamReader.TryReadAddress(host)!.Value;
        return new NginxProxy(
            upstream.Id, port == 80 ? name : $"{name}:{port}", port, path, scope.Fields, scope.Hidden, scope.HttpVersion is "1.1",
            !scope.Redirects ? null : path is null ? url + "/" : url, path is null ? "/" : location.Name);
    }

    private static NginxUpstream? FindUpstream(string host, NginxDirective directive, ReadingContext context)
    {
        if (context.Model.Upstreams.TryGetValue(host, out var upstream))
        {
            return upstream;
        }

        if (UpstreamReader.TryReadAddress(host) is not { } address)
        {
            context.Error($"invalid host \"{host}\" in \"proxy_pass\"", directive);
            return null;
        }

        if (context.Model.Upstreams.ContainsKey(address.Host))
        {
            context.Error($"upstream \"{address.Host}\" may not have port {address.Port}", directive);
            return null;
        }

        var id = NginxUpstream.IdOf($"{address.Host}:{address.Port}");
        if (!context.Model.Upstreams.TryGetValue(id, out upstream))
        {
            upstream = new NginxUpstream(id);
            upstream.Peers.Add(new NginxPeer($"{address.Host}:{address.Port}", Weight: 1, MaxConnections: 0, IsBackup: false));
            context.Model.Upstreams.Add(id, upstream);
        }

        return upstream;
    }
}
