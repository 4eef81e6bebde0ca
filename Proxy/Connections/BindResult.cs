namespace Proxy.Connections;

/// <summary>What became of an id that a node has handed out.</summary>
internal enum BindResult
{
    Bound,

    /// <summary>Another node handed out the same id before; the first stays the owner.</summary>
    Conflict,

    /// <summary>The table is full of connections in use.</summary>
    Full,
}
