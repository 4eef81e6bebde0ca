using Yarp.ReverseProxy.Configuration;

namespace Proxy.Configuration;

/// <summary>The properties of a node as the metadata of a YARP destination, both ways.</summary>
internal static class NodeMetadata
{
    private static readonly IReadOnlyList<OptionProperty> Properties =
        [.. OptionProperty.Of(typeof(NodeOptions)).Where(p => p.Name != nameof(NodeOptions.Address))];

    /// <summary>What differs from the defaults; <see langword="null"/> when nothing does.</summary>
    public static IReadOnlyDictionary<string, string>? Write(NodeOptions node)
    {
        var metadata = Properties.Where(p => !Equals(p.Get(node), p.Default))
            .ToDictionary(p => p.Name, p => OptionValue.Text(p.Get(node)), StringComparer.OrdinalIgnoreCase);
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
            if (Properties.FirstOrDefault(p => string.Equals(p.Name, name, StringComparison.OrdinalIgnoreCase)) is { } property)
            {
                OptionValue.Read(property, property.Name, value, node, problems);
            }
        }

        NodeRules.CheckValues("", node, problems);
        return node;
    }
}
