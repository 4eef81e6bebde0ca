using Proxy.Nginx.Grammar;
using Proxy.Nginx.Model;

namespace Proxy.Nginx.Reading;

/// <summary>Reads a <c>server</c>.</summary>
internal static class ServerReader
{
    public static void Read(NginxDirective directive, NginxScope http, ReadingContext context)
    {
        var scope = new NginxScope(http);
        var root = new NginxLocation(LocationKind.Server, "");
        var (names, expressions) = (new List<string>(), new List<NginxExpression>());
        var listens = new List<NginxDirective>();
        var locations = new List<NginxDirective>();
        string? first = null;
        foreach (var inner in directive.Block!.Where(inner => context.Admit(inner, DirectiveContexts.Server)))
        {
            switch (inner.Name)
            {
                case "listen":
                    listens.Add(inner);
                    break;
                case "server_name":
                    first ??= inner.Arguments[0];
                    ReadNames(inner, names, expressions, context);
                    break;
                case "location":
                    locations.Add(inner);
                    break;
                case "return":
                    root.Return ??= LocationReader.ReadReturn(inner, context); // the first one answers
                    break;
                default:
                    ScopeReader.TryApply(inner, scope, context);
                    break;
            }
        }

        LocationReader.Complete(root, scope);
        foreach (var location in locations)
        {
            LocationReader.Read(location, root, scope, context);
        }

        LocationReader.Sort(root);
        if (names.Count == 0 && expressions.Count == 0)
        {
            names.Add("");
        }

        ListenReader.Add(directive, listens, new NginxServer(names, expressions, NginxBytes.ToLower((first ?? "").TrimStart('.')), root), scope, context);
    }

    private static void ReadNames(NginxDirective directive, List<string> names, List<NginxExpression> expressions, ReadingContext context)
    {
        foreach (var argument in directive.Arguments)
        {
            var name = NginxBytes.ToLower(argument);
            if (argument is ['~', ..])
            {
                // nginx takes names without regard to case.
                if (argument.Length > 1 && context.ReadExpression(argument[1..], ignoreCase: true, directive) is { } expression)
                {
                    expressions.Add(expression);
                }
            }
            else if (name is ['.', _, ..] && !name.Contains('*'))
            {
                names.Add(name[1..]);
                names.Add("*" + name);
            }
            else if (name.Contains('$'))
            {
                context.Error($"\"{argument}\" is not supported as the name of a server", directive);
            }
            else if (name.Contains('*')
                && !(name.StartsWith("*.", StringComparison.Ordinal) && name.LastIndexOf('*') == 0 && name.Length > 2)
                && !(name.EndsWith(".*", StringComparison.Ordinal) && name.IndexOf('*') == name.Length - 1 && name.Length > 2))
            {
                context.Error($"invalid server name or wildcard \"{argument}\"", directive);
            }
            else
            {
                names.Add(name);
            }
        }
    }
}
