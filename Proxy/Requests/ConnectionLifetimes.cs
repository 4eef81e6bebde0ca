using Proxy.Requests.Protocols;

namespace Proxy.Requests;

/// <summary>How long ids are kept without use, as far as it is the same for every protocol. A node forgets first, so that an id that is gone here is gone
/// there.</summary>
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

    /// <summary>How long an id may outlive its last request, whatever its protocol.</summary>
    public static TimeSpan Longest { get; } = ClientProtocols.Default.All.Max(protocol => protocol.Lifetime);
}
