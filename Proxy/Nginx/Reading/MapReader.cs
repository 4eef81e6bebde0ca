using Proxy.Nginx.Grammar;
using Proxy.Nginx.Model;

namespace Proxy.Nginx.Reading;

/// <summary>Reads the <c>map</c> blocks.</summary>
internal static class MapReader
{
    public static void Read(IReadOnlyList<NginxDirective> maps, ReadingContext context)
    {
        var read = new List<(NginxDirective Directive, NginxMap Map)>();
        foreach (var directive in maps)
        {
            if (directive.Arguments[1] is not ['$', _, ..] || !directive.Arguments[1].Skip(1).All(static c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            {
                context.Error($"invalid variable name \"{directive.Arguments[1]}\"", directive);
                continue;
            }

            // The name is known before any value is read: maps may use each other.
            var map = new NginxMap(directive.Arguments[1][1..]);
            if (!context.Variables.TryAdd(map))
            {
                context.Error($"the duplicate \"{map.Name}\" variable", directive);
            }

            read.Add((directive, map));
        }

        foreach (var (directive, map) in read)
        {
            map.Source = context.ReadText(directive.Arguments[0], directive);
            var hasDefault = false;
            foreach (var entry in directive.Block!)
            {
                ReadEntry(entry, map, ref hasDefault, context);
            }
        }
    }

    private static void ReadEntry(NginxDirective entry, NginxMap map, ref bool hasDefault, ReadingContext context)
    {
        if (entry is { Name: "volatile", Arguments.Count: 0, Block: null })
        {
            return; // values are never kept
        }

        if (entry is { Name: "hostnames", Arguments.Count: 0 })
        {
            context.Error("\"hostnames\" of a \"map\" is not supported", entry);
            return;
        }

        if (entry.Block is not null || entry.Arguments.Count != 1)
        {
            context.Error("invalid number of the map parameters", entry);
            return;
        }

        var value = context.ReadText(entry.Arguments[0], entry);
        if (entry.Name is "default")
        {
            if (hasDefault)
            {
                context.Error("duplicate default map parameter", entry);
            }

            hasDefault = true;
            map.Default = value;
        }
        else if (entry.Name is ['~', ..])
        {
            var ignoreCase = entry.Name is ['~', '*', ..];
            if (context.ReadExpression(entry.Name[(ignoreCase ? 2 : 1)..], ignoreCase, entry) is { } expression)
            {
                map.Add(expression, value);
            }
        }
        else if (!map.TryAdd(entry.Name is ['\\', ..] ? entry.Name[1..] : entry.Name, value))
        {
            context.Error($"conflicting parameter \"{entry.Name}\"", entry);
        }
    }
}
