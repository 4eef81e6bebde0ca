namespace Proxy.Configuration;

/// <summary>
/// Reads <c>Gateway:Nodes</c> by the grammar of Azure SignalR's endpoints, more strictly: <c>{Name}</c> or <c>{Name}:{primary|secondary}</c> = address,
/// or <c>{Name}:{property}</c> = value.
/// </summary>
/// <remarks>Where the SDK turns a slip into a name or a number into a type, this is an error (AzureSignalR ServiceEndpoint.Parse).</remarks>
internal static class NodesReader
{
    private const string Root = nameof(GatewayOptions.Nodes);
    private const string Lost = "the node would get no connection";

    /// <summary>The nodes by name. With errors the result is not to be used.</summary>
    /// <param name="section">The section <c>Gateway:Nodes</c>.</param>
    /// <param name="required">Whether it is an error when there is none.</param>
    /// <param name="problems">Gets what is wrong.</param>
    public static IReadOnlyDictionary<string, NodeOptions> Read(IConfigurationSection section, bool required, Problems problems)
    {
        if (!string.IsNullOrEmpty(section.Value))
        {
            problems.Error(Root, $"is {Quoted.Address(section.Value)} but must name its nodes, such as {problems.Name(Root)}:a; {Lost}");
        }

        var errorsBefore = problems.Errors.Count;
        var named = section.GetChildren().SelectMany(n => ReadNode(n, problems)).ToList();
        var nodes = NodeRules.DropSameAddresses(named, problems);
        if (problems.Errors.Count == errorsBefore)
        {
            NodeRules.Check(nodes, required, problems);
        }

        return nodes;
    }

    private static List<(string Name, NodeOptions Node)> ReadNode(IConfigurationSection section, Problems problems)
    {
        var path = $"{Root}:{section.Key}";
        if (section.Key.Length == 0 || !section.Key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            problems.Error(path, $"is not a node's name, which consists of letters, digits, '-', '_' and '.'; {Lost}");
        }

        var shortForm = new List<(string Path, EndpointType Type, string Address)>();
        var objectForm = new List<IConfigurationSection>();
        if (!string.IsNullOrWhiteSpace(section.Value))
        {
            shortForm.Add((path, EndpointType.Primary, section.Value));
        }

        foreach (var child in section.GetChildren())
        {
            var childPath = $"{path}:{child.Key}";
            if (EnumNames.TryParse(typeof(EndpointType), child.Key, out var type))
            {
                foreach (var third in child.GetChildren())
                {
                    problems.Error($"{childPath}:{third.Key}", "has one segment too many: a node is a name, or a name and a type, or a name and a property; "
                        + $"in the object form the type is {problems.Name(path)}:{nameof(NodeOptions.EndpointType)}, otherwise {Lost}");
                }

                if (!string.IsNullOrWhiteSpace(child.Value))
                {
                    shortForm.Add((childPath, (EndpointType)type!, child.Value));
                }
            }
            else if (OptionProperty.Find(typeof(NodeOptions), child.Key) is not null)
            {
                objectForm.Add(child);
            }
            else
            {
                problems.Error(childPath, UnknownSegment(child.Key));
            }
        }

        return objectForm.Count == 0 ? ReadShort(section.Key, shortForm, problems) : ReadObject(section, objectForm, shortForm.Count > 0, problems);
    }

    private static List<(string Name, NodeOptions Node)> ReadShort(
        string name, List<(string Path, EndpointType Type, string Address)> entries, Problems problems)
    {
        var nodes = new List<(string Name, NodeOptions Node)>();
        foreach (var (path, type, text) in entries)
        {
            var address = text.Trim();
            if (NodeAddress.Check(path, address, Lost, problems))
            {
                nodes.Add((name, new NodeOptions { Address = address, EndpointType = type }));
            }
        }

        if (nodes.Select(n => NodeAddress.Normalize(n.Node.Address)).Distinct(StringComparer.Ordinal).Count() > 1)
        {
            var list = string.Join(" and ", nodes.Select(n => $"{n.Node.Address} ({EnumNames.Text(n.Node.EndpointType)})"));
            problems.Error($"{Root}:{name}", $"is given with different addresses, {list}; a name stands for one node, so only one of them would be used");
        }

        return nodes;
    }

    private static List<(string Name, NodeOptions Node)> ReadObject(
        IConfigurationSection section, List<IConfigurationSection> properties, bool alsoShort, Problems problems)
    {
        var path = $"{Root}:{section.Key}";
        var address = properties.FirstOrDefault(p => string.Equals(p.Key, nameof(NodeOptions.Address), StringComparison.OrdinalIgnoreCase));
        if (alsoShort)
        {
            var keys = string.Join(", ", properties.Select(p => p.Key));
            problems.Error(
                path, $"is given both as an address and with properties ({keys}); write {problems.Name(path)}:{nameof(NodeOptions.Address)} for the address, "
                + "or one of the two would be lost");
        }
        else if (address is null)
        {
            problems.Error(path, $"has properties but no {nameof(NodeOptions.Address)}; {Lost}");
        }

        var node = new NodeOptions();
        OptionsBinder.Bind(properties, path + ":", node, problems);
        node.Address = node.Address.Trim();
        NodeRules.CheckValues(path + ":", node, problems);
        TlsRules.CheckFiles($"{path}:{nameof(NodeOptions.Tls)}:", node.Tls, problems);
        if (node.Address.Length == 0 || !NodeAddress.Check($"{path}:{nameof(NodeOptions.Address)}", node.Address, Lost, problems))
        {
            return []; // An empty address removes a node that an earlier source has.
        }

        return [(section.Key, node)];
    }

    private static string UnknownSegment(string segment)
    {
        var types = Enum.GetNames<EndpointType>().Select(n => EnumNames.Text(Enum.Parse<EndpointType>(n))).ToList();
        var near = NearestName.Find(segment, types.Concat(OptionProperty.Of(typeof(NodeOptions)).Select(p => p.Name)));
        return $"names neither a type ({string.Join(", ", types)}) nor a property of a node"
            + (near is null ? $" ({string.Join(", ", OptionProperty.Of(typeof(NodeOptions)).Select(p => p.Name))})" : $"; the nearest is '{near}'")
            + $"; {Lost}";
    }
}
