using Yarp.ReverseProxy.Configuration;

namespace Proxy.Configuration;

/// <summary>The properties of a node as the metadata of a YARP destination, both ways; those of a section have its name in front, as
/// <c>Tls.ServerName</c>.</summary>
internal static class NodeMetadata
{
    private static readonly IReadOnlyDictionary<string, (string Path, OptionProperty Property)> Properties = OptionProperty.Leaves(typeof(NodeOptions))
        .Where(leaf => leaf.Path != nameof(NodeOptions.Address))
        .ToDictionary(leaf => NameOf(leaf.Path), StringComparer.OrdinalIgnoreCase);

    private static readonly string[] Sections =
        [.. OptionProperty.Of(typeof(NodeOptions)).Where(property => property.IsSection).Select(property => property.Name + ".")];

    /// <summary>What differs from the defaults; <see langword="null"/> when nothing does.</summary>
    public static IReadOnlyDictionary<string, string>? Write(NodeOptions node)
    {
        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, (path, property)) in Properties)
        {
            var value = property.Get(Owner(node, path));
            if (property.IsList)
            {
                if (value is IReadOnlyList<string> { Count: > 0 } list)
                {
                    metadata[name] = string.Join(',', list);
                }
            }
            else if (!Equals(value, property.Default))
            {
                metadata[name] = OptionValue.Text(value);
            }
        }

        return metadata.Count == 0 ? null : metadata;
    }

    /// <summary>The node that a destination describes; keys that are not ours stay unread.</summary>
    /// <param name="destination">A destination of YARP's own section, or one that <see cref="GatewayRoutes"/> made.</param>
    /// <param name="errors">Values of our keys that cannot be used; those stay at their defaults.</param>
    public static NodeOptions Read(DestinationConfig destination, out IReadOnlyList<ConfigurationProblem> errors)
    {
        var problems = new Problems(static name => name);
        var node = Read(destination, problems);
        errors = problems.Errors;
        return node;
    }

    /// <inheritdoc cref="Read(DestinationConfig, out IReadOnlyList{ConfigurationProblem})"/>
    public static NodeOptions Read(DestinationConfig destination, Problems problems)
    {
        var node = new NodeOptions { Address = destination.Address };
        foreach (var (name, value) in destination.Metadata ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            if (Properties.TryGetValue(name, out var leaf))
            {
                Set(leaf.Property, Owner(node, leaf.Path), leaf.Path, value, problems);
            }
            else if (Sections.Any(section => name.StartsWith(section, StringComparison.OrdinalIgnoreCase)))
            {
                var near = NearestName.Find(name, Properties.Keys);
                problems.Error(name, "is not a property of a node and would have no effect; " + (near is null
                    ? $"known here are {string.Join(", ", Properties.Keys.Where(known => known.Contains('.', StringComparison.Ordinal)))}"
                    : $"the nearest is {near}"));
            }
        }

        NodeRules.CheckValues("", node, problems.Called(path => problems.Name(NameOf(path))));
        return node;
    }

    private static void Set(OptionProperty property, object owner, string path, string value, Problems problems)
    {
        if (property.IsList)
        {
            property.Set(owner, value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        }
        else
        {
            OptionValue.Read(property, path, value, owner, problems.Called(name => problems.Name(NameOf(name))));
        }
    }

    private static object Owner(NodeOptions node, string path)
    {
        object owner = node;
        foreach (var segment in path.Split(':')[..^1])
        {
            owner = OptionProperty.Find(owner.GetType(), segment)!.Get(owner)!;
        }

        return owner;
    }

    private static string NameOf(string path) => path.Replace(':', '.');
}
