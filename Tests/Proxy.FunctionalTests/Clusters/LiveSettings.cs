using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Tests.Common;

namespace Proxy.FunctionalTests.Clusters;

/// <summary>A configuration source that a test changes while the gateway runs.</summary>
internal sealed class LiveSettings : ConfigurationProvider, IConfigurationSource
{
    private readonly string? _protocol;

    public LiveSettings(params TestNode[] nodes)
        : this(protocol: null, nodes)
    {
    }

    /// <param name="protocol">What is spoken to all nodes, now and later.</param>
    /// <param name="nodes">The first nodes.</param>
    public LiveSettings(string? protocol, params TestNode[] nodes)
    {
        _protocol = protocol;
        Data = Read(nodes.Select(node => (node.Name, node.Url)));
    }

    public LiveSettings(params (string Name, Uri Url)[] nodes)
    {
        Data = Read(nodes);
    }

    /// <summary>Any settings, as <c>key=value</c>.</summary>
    public LiveSettings(params string[] settings)
    {
        Data = Read(settings);
    }

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public void AddTo(WebApplicationBuilder builder) => ((IConfigurationBuilder)builder.Configuration).Add(this);

    /// <summary>From now on these are the nodes; a name such as <c>b:secondary</c> has a type.</summary>
    public void Replace(params (string Name, Uri Url)[] nodes)
    {
        Data = Read(nodes);
        OnReload();
    }

    /// <summary>From now on these are the settings, as <c>key=value</c>.</summary>
    public void Replace(params string[] settings)
    {
        Data = Read(settings);
        OnReload();
    }

    public void Replace(params TestNode[] nodes) => Replace([.. nodes.Select(node => (node.Name, node.Url))]);

    private static Dictionary<string, string?> Read(string[] settings) =>
        settings.Select(setting => setting.TrimStart('-').Split('=', 2))
            .ToDictionary(pair => pair[0], pair => (string?)pair[1], StringComparer.OrdinalIgnoreCase);

    private Dictionary<string, string?> Read(IEnumerable<(string Name, Uri Url)> nodes)
    {
        var data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, url) in nodes)
        {
            var address = url.GetLeftPart(UriPartial.Authority);
            if (_protocol is null)
            {
                data[$"Gateway:Nodes:{name}"] = address;
            }
            else
            {
                data[$"Gateway:Nodes:{name}:Address"] = address;
                data[$"Gateway:Nodes:{name}:Protocol"] = _protocol;
            }
        }

        return data;
    }
}
