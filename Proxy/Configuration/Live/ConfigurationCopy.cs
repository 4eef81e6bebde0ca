namespace Proxy.Configuration;

/// <summary>All keys and values of a configuration at one moment, so that what is checked is what is used.</summary>
internal sealed class ConfigurationCopy
{
    private readonly SortedDictionary<string, string?> _data = new(StringComparer.OrdinalIgnoreCase);

    private ConfigurationCopy(IConfiguration configuration)
    {
        Take(configuration);
        Configuration = new ConfigurationBuilder().AddInMemoryCollection(_data).Build();
    }

    public IConfiguration Configuration { get; }

    public static ConfigurationCopy Of(IConfiguration configuration) => new(configuration);

    /// <summary>The entries of one section, with full keys.</summary>
    public Dictionary<string, string?> Section(string name) =>
        _data.Where(d => d.Key.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
            .ToDictionary(d => d.Key, d => d.Value, StringComparer.OrdinalIgnoreCase);

    public bool IsSame(ConfigurationCopy other) => _data.SequenceEqual(other._data);

    private void Take(IConfiguration configuration)
    {
        foreach (var child in configuration.GetChildren())
        {
            // A section that only holds others has no value; an explicit null has neither value nor children.
            if (child.Value is not null || !child.GetChildren().Any())
            {
                _data[child.Path] = child.Value;
            }

            Take(child);
        }
    }
}
