namespace Proxy.Configuration;

/// <summary>What YARP reads its section from: only data of an accepted reading, so that a broken file never empties its routes.</summary>
internal sealed class AcceptedConfiguration : IDisposable
{
    private readonly Provider _provider = new();
    private readonly ConfigurationRoot _root;

    public AcceptedConfiguration()
    {
        _root = new ConfigurationRoot([_provider]);
    }

    /// <summary>The section itself, for YARP's <c>LoadFromConfig</c>: its children are <c>Routes</c> and <c>Clusters</c>.</summary>
    public IConfiguration Configuration => _root.GetSection(ReverseProxyRules.SectionName);

    /// <summary>Takes the data over, with full keys, and raises the change token if anything differs.</summary>
    public void Replace(Dictionary<string, string?> data) => _provider.Replace(data);

    public void Dispose() => _root.Dispose();

    private sealed class Provider : ConfigurationProvider
    {
        public void Replace(Dictionary<string, string?> data)
        {
            if (data.Count == Data.Count && data.All(d => Data.TryGetValue(d.Key, out var value) && value == d.Value))
            {
                return;
            }

            Data = data;
            OnReload();
        }
    }
}
