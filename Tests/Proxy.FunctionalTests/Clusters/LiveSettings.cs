using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Tests.Common;

namespace Proxy.FunctionalTests.Clusters;

/// <summary>A configuration source that a test changes while the gateway runs.</summary>
internal sealed class LiveSettings : ConfigurationProvider, IConfigurationSource
{
    public LiveSettings(params TestNode[] nodes)
    {
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

    private static Dictionary<string, string?> Read(IEnumerable<(string Name, Uri Url)> nodes) =>
        nodes.ToDictionary(node => $"Gateway:Nodes:{node.Name}", node => (string?)node.Url.GetLeftPart(UriPartial.Authority), StringComparer.OrdinalIgnoreCase);
}
