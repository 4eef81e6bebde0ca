namespace Proxy.Configuration;

/// <summary><c>Gateway:Affinity:Redis</c>.</summary>
public sealed class RedisOptions
{
    /// <summary>Connection string, as StackExchange.Redis reads it; may hold a password.</summary>
    [Secret]
    public string Configuration { get; set; } = "localhost:6379";
}
