namespace Proxy.Clusters;

/// <summary>What became of a request at the <see cref="NegotiateGate"/>.</summary>
internal enum GateAnswer
{
    /// <summary>Go on.</summary>
    Entered,

    /// <summary>Too many wait, or the wait was too long.</summary>
    Full,

    /// <summary>The node went out of service meanwhile.</summary>
    NodeGone,

    /// <summary>The client went away meanwhile.</summary>
    ClientGone,
}
