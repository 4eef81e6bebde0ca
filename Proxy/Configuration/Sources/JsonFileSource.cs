namespace Proxy.Configuration;

/// <summary>A JSON file that is watched and whose last good content stays.</summary>
internal sealed class JsonFileSource(string path, bool optional, TimeProvider time) : IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => new JsonFileProvider(path, optional, time);
}
