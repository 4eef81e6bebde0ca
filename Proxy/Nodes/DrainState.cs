using Proxy.Configuration;

namespace Proxy.Nodes;

/// <summary>A drain that is going on.</summary>
/// <param name="Origin">What asked for it, which decides what ends it.</param>
/// <param name="Mode">What becomes of the connections.</param>
/// <param name="Since">Timestamp of its start.</param>
/// <param name="SinceTime">The same for people.</param>
/// <param name="Timeout">When the mode decides about what is left.</param>
/// <param name="Rate">Connections closed per second, once they are closed.</param>
internal sealed record DrainState(DrainOrigin Origin, DrainMode Mode, long Since, DateTimeOffset SinceTime, TimeSpan Timeout, int Rate)
{
    /// <summary>What asked for the drain before the node left the configuration; it holds again if the node comes back.</summary>
    public DrainOrigin? Former { get; init; }

    /// <summary>The node had not been opened yet, and is not opened by the drain's end.</summary>
    public bool IsFromStaging { get; init; }

    /// <summary>The deadline is over, and what is left is being moved.</summary>
    public bool HasMoved { get; set; }

    /// <summary>Paces the closing.</summary>
    public required Pacer Pacer { get; init; }

    /// <summary>How fast the node empties.</summary>
    public required DrainProgress Progress { get; init; }
}
