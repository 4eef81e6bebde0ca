using Proxy.Configuration;
using Proxy.Requests;

namespace Proxy.Metrics;

/// <summary>What enum values are called in the admin API, in metrics and in logs; public, and never changed. The names of outcomes stand in
/// <see cref="Outcomes.OutcomeTable"/>, those of protocols in their classes.</summary>
internal static class DiagnosticNames
{
    /// <summary>A connection that has an id and no transport yet.</summary>
    public const string Negotiated = "negotiated";

    /// <summary>The name of a value that follows the rule: lower case, words joined by hyphens.</summary>
    public static string Of(Enum value) => EnumNames.Kebab(value.ToString());

    /// <summary>ASP.NET Core's value of <c>signalr.transport</c>; <c>none</c> for a request that is no transport.</summary>
    public static string Name(this Transport transport) => transport switch
    {
        Transport.Unknown => "none",
        Transport.WebSockets => "web_sockets",
        Transport.ServerSentEvents => "server_sent_events",
        Transport.LongPolling => "long_polling",
    };

    public static string Name(this RequestKind kind) => kind switch
    {
        RequestKind.Other => "other",
        RequestKind.Preflight => "preflight",
        RequestKind.Negotiate => "negotiate",
        RequestKind.HasId => "has-id",
        RequestKind.WebSocket => "websocket",
    };

    public static string Name(this AffinityMode mode) => mode is AffinityMode.ClientIp ? "clientip" : Of(mode);
}
