namespace Proxy.Configuration;

/// <summary>The gateway must not meet itself: as its own node, or on its own port.</summary>
internal static class ListenerRules
{
    private const string AdminUrl = $"{nameof(GatewayOptions.Admin)}:{nameof(AdminOptions.Url)}";

    /// <summary>The keys and values that set listeners; a change of any of them needs a restart.</summary>
    public static IReadOnlyDictionary<string, string> Read(IConfiguration configuration)
    {
        var settings = new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var key in new[] { "Urls", "HTTP_PORTS", "HTTPS_PORTS" })
        {
            Add(key, configuration[key]);
        }

        foreach (var endpoint in configuration.GetSection("Kestrel:Endpoints").GetChildren())
        {
            Add($"Kestrel:Endpoints:{endpoint.Key}:Url", endpoint["Url"]);
            Add($"Kestrel:Endpoints:{endpoint.Key}:Protocols", endpoint["Protocols"]);
        }

        return settings;

        void Add(string key, string? value)
        {
            if (!string.IsNullOrWhiteSpace(value))
            {
                settings[key] = value;
            }
        }
    }

    public static void Check(IConfiguration configuration, GatewayOptions options, Problems problems)
    {
        foreach (var (key, address) in Addresses(configuration))
        {
            if (options.Admin.Url is { } url && ListenAddress.TryParse(url, out var admin) && ListenAddress.Meet(admin!, address))
            {
                problems.Error(AdminUrl, $"is {Quoted.Value(url)} but must not be the port of {key}, '{address}'; one of the two could not listen");
            }

            foreach (var (name, _) in options.Nodes.Where(n => IsHere(n.Value, address)))
            {
                problems.Warn($"{nameof(options.Nodes)}:{name}",
                    $"is '{options.Nodes[name].Address}', where the gateway itself listens ({key}); requests would go round in a circle");
            }
        }
    }

    private static IEnumerable<(string Key, BindingAddress Address)> Addresses(IConfiguration configuration)
    {
        foreach (var (key, value) in Read(configuration).Where(static setting => !setting.Key.EndsWith(":Protocols", StringComparison.OrdinalIgnoreCase)))
        {
            foreach (var item in value.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                var text = key.EndsWith("_PORTS", StringComparison.OrdinalIgnoreCase) ? $"http://*:{item}" : item;
                if (ListenAddress.TryParse(text, out var address))
                {
                    yield return (key, address!);
                }
            }
        }
    }

    private static bool IsHere(NodeOptions node, BindingAddress listener) => new Uri(node.Address) is var uri && AdminRules.IsLoopback(uri.Host)
        && ListenAddress.Meet(BindingAddress.Parse($"http://{uri.Authority}"), listener);
}
