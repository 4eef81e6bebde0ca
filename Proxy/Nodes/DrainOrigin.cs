namespace Proxy.Nodes;

/// <summary>Who asked for a drain.</summary>
internal enum DrainOrigin
{
    /// <summary><c>Draining: true</c> in the node's configuration, or its own report; ends with it.</summary>
    Configuration,

    /// <summary>The admin API; ends with a resume.</summary>
    Operator,

    /// <summary>The node left the configuration; ends with the node, or when it comes back.</summary>
    Removal,
}
