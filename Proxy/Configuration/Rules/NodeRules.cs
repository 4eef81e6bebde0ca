namespace Proxy.Configuration;

/// <summary>What must hold for nodes beyond each single value.</summary>
internal static class NodeRules
{
    private const string Root = nameof(GatewayOptions.Nodes);

    /// <summary>The values that no attribute describes; the same in the object form and in a destination's metadata.</summary>
    public static void CheckValues(string prefix, NodeOptions node, Problems problems)
    {
        if (node.PublicUrl is not null)
        {
            NodeAddress.Check(prefix + nameof(NodeOptions.PublicUrl), node.PublicUrl, "clients could not follow it", problems);
        }

        TlsRules.CheckNode(prefix, node, problems);
        if (node.AffinityKey is { } key && (string.IsNullOrWhiteSpace(key) || key.Any(char.IsControl)))
        {
            problems.Error(prefix + nameof(NodeOptions.AffinityKey),
                $"is {Quoted.Value(key)} but must be a text without control characters; tags are made of it");
        }

        if (node.ForeignKey is { } foreign && (string.IsNullOrWhiteSpace(foreign) || foreign.Any(char.IsControl)))
        {
            problems.Error(prefix + nameof(NodeOptions.ForeignKey),
                $"is {Quoted.Value(foreign)} but must be a text without control characters; no cookie of another proxy could name the node");
        }
    }

    /// <summary>Of several nodes with one address keeps the first primary, else the first by ordinal name (the Azure SDK's rule), and warns.</summary>
    public static Dictionary<string, NodeOptions> DropSameAddresses(IEnumerable<(string Name, NodeOptions Node)> named, Problems problems)
    {
        var nodes = new Dictionary<string, NodeOptions>(StringComparer.OrdinalIgnoreCase);
        foreach (var group in named.GroupBy(n => NodeAddress.Normalize(n.Node.Address), StringComparer.Ordinal))
        {
            var ordered = group.OrderBy(n => n.Node.EndpointType).ThenBy(n => n.Name, StringComparer.Ordinal).ToList();
            nodes.TryAdd(ordered[0].Name, ordered[0].Node);
            if (ordered.Count > 1)
            {
                var others = string.Join(", ", ordered.Skip(1).Select(n => $"'{n.Name}' ({EnumNames.Text(n.Node.EndpointType)})"));
                problems.Warn(Root, $"has {ordered.Count} nodes at {group.Key}; '{ordered[0].Name}' is kept and {others} left out");
            }
        }

        return nodes;
    }

    /// <summary>The rules for all nodes together.</summary>
    public static void Check(IReadOnlyDictionary<string, NodeOptions> nodes, bool required, Problems problems)
    {
        if (nodes.Count == 0)
        {
            if (required)
            {
                problems.Error(Root, "is empty and ReverseProxy:Clusters is not given, so there would be nowhere to send a request; "
                    + "name a node, as --Gateway:Nodes:a=http://127.0.0.1:5000 or in the environment as Gateway__Nodes__a=http://a:5000");
            }

            return;
        }

        if (nodes.Values.All(n => n.EndpointType == EndpointType.Secondary))
        {
            problems.Error(Root, $"has no primary node, only secondary ones ({string.Join(", ", nodes.Keys.Order(StringComparer.Ordinal))}); "
                + "these stand in for primaries, so at least one primary is needed");
        }

        foreach (var group in nodes.GroupBy(n => n.Value.AffinityKey ?? n.Key, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            var names = group.Select(n => n.Key).Order(StringComparer.Ordinal).ToList();
            problems.Error($"{Root}:{names[1]}:{nameof(NodeOptions.AffinityKey)}",
                $"is {Quoted.Value(group.Key)} but that is also the key of {string.Join(", ", names.Where(n => n != names[1]).Select(n => $"'{n}'"))}; "
                + "every node needs its own, or a tag would lead to the wrong node");
        }

        WarnAboutNodes(nodes, problems);
    }

    private static void WarnAboutNodes(IReadOnlyDictionary<string, NodeOptions> nodes, Problems problems)
    {
        if (nodes.Values.All(n => n.Draining))
        {
            problems.Warn(Root, "has only draining nodes; new connections get 503");
        }

        if (nodes.Keys.All(n => int.TryParse(n, out _)))
        {
            problems.Warn(Root, "looks like a list, so its nodes are named after their places; "
                + "give them names, or a node that moves in the list loses its connections' affinity");
        }

        foreach (var (name, node) in nodes.Where(n => new Uri(n.Value.Address).Host is "0.0.0.0" or "[::]"))
        {
            problems.Warn(
                $"{Root}:{name}", $"is {Quoted.Address(node.Address)}, which is an address to listen on; 127.0.0.1 is how a node on this machine is reached");
        }
    }
}
