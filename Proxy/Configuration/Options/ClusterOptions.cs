namespace Proxy.Configuration;

/// <summary>Options of one cluster: those of the gateway, with what the cluster's metadata overrides.</summary>
/// <remarks>
/// Metadata names are the option's path with dots, without <c>Affinity</c>: <c>Router</c>, <c>Mode</c>, <c>Cookie.Name</c>, <c>Scale.DrainTimeout</c>,
/// <c>Health.Headers.X-Forwarded-Proto</c>.
/// Colons are no choice, .NET's configuration nests them. Metadata of others stays unread.
/// </remarks>
internal static class ClusterOptions
{
    private const string Affinity = nameof(GatewayOptions.Affinity) + ":";

    private static readonly Dictionary<string, string> Paths = Overridable(typeof(GatewayOptions), "")
        .ToDictionary(NameOf, p => p, StringComparer.OrdinalIgnoreCase);

    private static readonly string[] Maps =
        [.. OptionProperty.Leaves(typeof(GatewayOptions)).Where(leaf => leaf.Property.IsTexts).Select(leaf => NameOf(leaf.Path))];

    private static readonly string[] OwnPrefixes =
        [.. Paths.Keys.Where(n => n.Contains('.')).Select(n => n[..(n.IndexOf('.') + 1)]).Append("Affinity.").Distinct(StringComparer.Ordinal)];

    /// <summary>The names that a cluster's metadata may use.</summary>
    public static IReadOnlyCollection<string> Names => Paths.Keys;

    /// <summary>A copy of the gateway's options with the overrides of one cluster.</summary>
    /// <param name="global">Stays as it is.</param>
    /// <param name="metadata">The cluster's metadata.</param>
    /// <param name="routers">The values that <c>Gateway:Router</c> may have.</param>
    /// <param name="errors">What cannot be used; those options stay at the gateway's value.</param>
    public static GatewayOptions Overlay(
        GatewayOptions global, IReadOnlyDictionary<string, string>? metadata, IRouterNames routers, out IReadOnlyList<ConfigurationProblem> errors)
    {
        var problems = new Problems(static name => name);
        var options = Overlay(global, metadata, routers, problems);
        errors = problems.Errors;
        return options;
    }

    /// <inheritdoc cref="Overlay(GatewayOptions, IReadOnlyDictionary{string, string}?, IRouterNames, out IReadOnlyList{ConfigurationProblem})"/>
    public static GatewayOptions Overlay(
        GatewayOptions global, IReadOnlyDictionary<string, string>? metadata, IRouterNames routers, Problems problems)
    {
        if (metadata is null || metadata.Count == 0)
        {
            return global;
        }

        var named = problems.Called(path => problems.Name(NameOf(path)));
        var options = OptionsCopy.Of(global);
        var changed = false;
        foreach (var (name, value) in metadata)
        {
            if (Paths.TryGetValue(MapOf(name) ?? name, out var path))
            {
                Set(options, path, name, value, named);
                changed = true;
            }
            else if (OwnPrefixes.FirstOrDefault(p => name.StartsWith(p, StringComparison.OrdinalIgnoreCase)) is not null)
            {
                problems.Error(name,
                    $"is not an option that a cluster can set and would have no effect; the nearest is {NearestName.Find(name, Paths.Keys) ?? Nearby(name)}");
            }
        }

        if (changed)
        {
            problems.AddNew(Checked(options), Checked(global)); // Problems of the gateway's own values are reported where they stand.
        }

        return options;

        Problems Checked(GatewayOptions checkedOptions)
        {
            var found = new Problems(named.Name);
            GatewayOptionsReader.CheckCluster(checkedOptions, routers, found);
            return found;
        }
    }

    // The option whose values have names of their own, if this is one of them.
    private static string? MapOf(string name) => Maps.FirstOrDefault(map => name.StartsWith(map + ".", StringComparison.OrdinalIgnoreCase));

    private static void Set(GatewayOptions options, string path, string name, string value, Problems problems)
    {
        object owner = options;
        var segments = path.Split(':');
        foreach (var segment in segments[..^1])
        {
            owner = OptionProperty.Find(owner.GetType(), segment)!.Get(owner)!;
        }

        var property = OptionProperty.Find(owner.GetType(), segments[^1])!;
        if (property.IsTexts)
        {
            SetNamed(property, owner, path, name, value, problems);
        }
        else if (property.IsList)
        {
            property.Set(owner, value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        }
        else
        {
            OptionValue.Read(property, path, value, owner, problems);
        }
    }

    // One name after the other is added to what the whole gateway has; an empty value takes it away.
    private static void SetNamed(OptionProperty property, object owner, string path, string name, string value, Problems problems)
    {
        if (MapOf(name) is not { } map)
        {
            problems.Error(path, $"has a value but holds names; write it as {problems.Name(path)}.NAME, or it would have no effect");
            return;
        }

        var values = new Dictionary<string, string>((IReadOnlyDictionary<string, string>)property.Get(owner)!, StringComparer.OrdinalIgnoreCase);
        values.Remove(name[(map.Length + 1)..]);
        if (value.Length > 0)
        {
            values.Add(name[(map.Length + 1)..], value);
        }

        property.Set(owner, values);
    }

    private static string NameOf(string path) => (path.StartsWith(Affinity, StringComparison.Ordinal) ? path[Affinity.Length..] : path).Replace(':', '.');

    private static string Nearby(string name) => Paths.Keys.MinBy(n => NearestName.Distance(n, name))!;

    private static IEnumerable<string> Overridable(Type type, string prefix) => OptionProperty.Of(type).Where(p => !p.IsWholeGateway)
        .SelectMany(p => p.IsSection ? Overridable(p.Type, $"{prefix}{p.Name}:") : [prefix + p.Name]);
}
