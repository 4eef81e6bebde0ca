namespace Proxy.Nginx.Settings;

/// <summary>The configuration of nginx that <c>--nginx-conf</c> names, as keys of the gateway's own.</summary>
internal sealed class NginxConfigurationSource(string path, bool hasListeners, TimeProvider time) : IConfigurationSource
{
    /// <summary>What is read; the same for every builder, since requests ask it for the model.</summary>
    public NginxConfigurationProvider Provider { get; } = new(path, hasListeners, time);

    public IConfigurationProvider Build(IConfigurationBuilder builder) => Provider;
}
