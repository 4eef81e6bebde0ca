namespace HubNode;

/// <summary>The section <c>Redis</c>: whether a message reaches the clients of other nodes.</summary>
public sealed class BackplaneOptions
{
    public const string SectionName = "Redis";

    /// <summary>Keeps the channels of applications apart that share a Redis; <c>channelPrefix=…</c> in the connection string replaces it.</summary>
    internal const string DefaultChannelPrefix = "hub-node:";

    /// <summary>Connection string of StackExchange.Redis, such as <c>redis:6379,password=…</c>. Empty: no backplane.</summary>
    public string Configuration { get; set; } = "";

    internal bool IsEnabled => Configuration.Length > 0;
}
