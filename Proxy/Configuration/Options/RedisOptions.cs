namespace Proxy.Configuration;

/// <summary><c>Gateway:Affinity:Redis</c>: the server that keeps learned ids.</summary>
public sealed class RedisOptions
{
    /// <summary>Connection string, as StackExchange.Redis reads it; may hold a password.</summary>
    /// <value>Default: localhost:6379.</value>
    [Secret]
    public string Configuration { get; set; } = "localhost:6379";
}
