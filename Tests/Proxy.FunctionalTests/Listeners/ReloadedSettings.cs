using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace Proxy.FunctionalTests.Listeners;

/// <summary>A configuration source that a test changes while the gateway runs.</summary>
internal sealed class ReloadedSettings : ConfigurationProvider, IConfigurationSource
{
    /// <param name="settings">As <c>key=value</c>.</param>
    public ReloadedSettings(params string[] settings)
    {
        foreach (var setting in settings)
        {
            var at = setting.IndexOf('=', StringComparison.Ordinal);
            Set(setting[..at], setting[(at + 1)..]);
        }
    }

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public void AddTo(WebApplicationBuilder builder) => ((IConfigurationBuilder)builder.Configuration).Add(this);

    public void Remove(string key) => Data.Remove(key);

    public void Reload() => OnReload();
}
