using Yarp.ReverseProxy.Configuration;

namespace Proxy.Configuration;

/// <summary>Reads YARP's section with YARP's own code, so that what is accepted here is what YARP will understand.</summary>
internal static class YarpReading
{
    /// <summary>Routes and clusters that can be read; each that cannot is an error.</summary>
    public static (IReadOnlyList<RouteConfig> Routes, IReadOnlyList<ClusterConfig> Clusters) Read(IConfigurationSection section, Problems problems)
    {
        if (!section.GetSection("Clusters").GetChildren().Any() && !section.GetSection("Routes").GetChildren().Any())
        {
            return ([], []);
        }

        return TryLoad(section, out _) ?? ReadOneByOne(section, problems);
    }

    // YARP stops at the first value that it cannot convert and does not name its key.
    private static (IReadOnlyList<RouteConfig> Routes, IReadOnlyList<ClusterConfig> Clusters) ReadOneByOne(IConfigurationSection section, Problems problems)
    {
        var routes = new List<RouteConfig>();
        var clusters = new List<ClusterConfig>();
        foreach (var kind in new[] { "Clusters", "Routes" })
        {
            foreach (var item in section.GetSection(kind).GetChildren())
            {
                var path = $"{kind}:{item.Key}";
                var settings = item.AsEnumerable(makePathsRelative: true).Where(p => p.Value is not null)
                    .Select(p => KeyValuePair.Create($"{path}:{p.Key}", p.Value));
                var only = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
                if (TryLoad(only, out var message) is { } loaded)
                {
                    routes.AddRange(loaded.Routes);
                    clusters.AddRange(loaded.Clusters);
                }
                else
                {
                    problems.Error(path, $"cannot be read by YARP: {message?.TrimEnd('.')}; it would have no effect");
                }
            }
        }

        return (routes, clusters);
    }

    private static (IReadOnlyList<RouteConfig> Routes, IReadOnlyList<ClusterConfig> Clusters)? TryLoad(IConfiguration section, out string? message)
    {
        var services = new ServiceCollection().AddLogging();
        services.AddReverseProxy().LoadFromConfig(section);
        using var provider = services.BuildServiceProvider();
        try
        {
            var config = provider.GetRequiredService<IProxyConfigProvider>().GetConfig();
            message = null;
            return (config.Routes, config.Clusters);
        }
        catch (Exception exception) // YARP throws whatever the conversion throws: FormatException, ArgumentException, and plain Exception.
        {
            message = exception.Message;
            return null;
        }
    }
}
