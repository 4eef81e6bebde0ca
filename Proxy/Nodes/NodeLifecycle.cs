namespace Proxy.Nodes;

/// <summary>Where a node stands between being added and being gone.</summary>
public enum NodeLifecycle
{
    /// <summary>Added by a reload: probed, its ids are honoured, no new connections yet.</summary>
    Staging,

    /// <summary>Takes new connections while it is online.</summary>
    Open,

    /// <summary>Keeps its connections, gets no new ones.</summary>
    Draining,

    /// <summary>Gone; its ids are refused.</summary>
    Removed,
}
