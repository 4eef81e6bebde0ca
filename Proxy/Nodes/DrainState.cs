using Proxy.Configuration;

namespace Proxy.Nodes;

/// <summary>A drain that is going on.</summary>
/// <param name="Origin">Who asked for it: decides what ends it.</param>
/// <param name="Mode">What becomes of the connections.</param>
/// <param name="Since">Timestamp of its start.</param>
/// <param name="SinceTime">The same for people.</param>
/// <param name="Timeout">When the mode decides about what is left.</param>
/// <param name="Rate">Connections closed per second, once they are closed.</param>
internal sealed record DrainState(DrainOrigin Origin, DrainMode Mode, long Since, DateTimeOffset SinceTime, TimeSpan Timeout, int Rate)
{
    /// <summary>Connections that may be closed now, by the rate and the time that has passed.</summary>
    public double Credit { get; set; }
}
