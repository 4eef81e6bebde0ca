namespace Proxy.Nodes;

/// <summary>What asked for a drain.</summary>
internal enum DrainOrigin
{
    /// <summary><c>Draining: true</c> in the node's configuration; ends with it.</summary>
    Configuration,

    /// <summary>The node itself, in its health answer; ends when it says so no more.</summary>
    Report,

    /// <summary>The admin API; ends with a resume.</summary>
    Operator,

    /// <summary>The node left the configuration; ends with the node, or when it comes back.</summary>
    Removal,
}
