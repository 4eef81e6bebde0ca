
namespace Proxy.Requests;

/// <summary>How long an id is kept without use. A node forgets first, so an id that is gone here is gone there too.</summary>
internal static class ConnectionLifetimes
{
    /// <summary>How long a negotiated id counts as a connection: ASP.NET Core drops an unused one after DisconnectTimeout, 15 s.</summary>
    public static readonly TimeSpan NegotiatedCounts = TimeSpan.FromSeconds(15);

    /// <summary>How long an id counts as a connection after its last poll.</summary>
    public static readonly TimeSpan PolledCounts = TimeSpan.FromSeconds(30);

    /// <summary>How long an id that was never used is remembered; twice DisconnectTimeout, for nodes that raise it.</summary>
    public static readonly TimeSpan Unused = TimeSpan.FromSeconds(30);

    /// <summary>How long an id is refused with its reason after its node has left; as long as the node's tags.</summary>
    public static readonly TimeSpan Forgotten = TimeSpan.FromHours(1);

    /// <summary>The longest of all.</summary>
    public static TimeSpan Longest => Of(ProtocolProfile.Classic);

    /// <summary>How long an id outlives its last request.</summary>
    public static TimeSpan Of(ProtocolProfile profile) => profile switch
    {
        // DisconnectTimeout 30 s + ConnectionTimeout 110 s (DefaultConfigurationManager of ASP.NET SignalR 2).
        ProtocolProfile.Classic => TimeSpan.FromSeconds(140),

        // pingInterval 25 s + pingTimeout 20 s by default; some room for applications that raise them.
        ProtocolProfile.EngineIO => TimeSpan.FromSeconds(90),

        // Twice DisconnectTimeout; also what a stateful reconnect may take.
        _ => TimeSpan.FromSeconds(30),
    };
}
