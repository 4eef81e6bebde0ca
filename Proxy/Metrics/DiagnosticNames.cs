using Proxy.Requests;

namespace Proxy.Metrics;

/// <summary>What enum values are called in the admin API, in metrics and in logs; public, and never changed.</summary>
internal static class DiagnosticNames
{
    /// <summary>A connection that has an id and no transport yet.</summary>
    public const string Negotiated = "negotiated";

    /// <summary>ASP.NET Core's value of <c>signalr.transport</c>; <c>none</c> for a request that is no transport.</summary>
    public static string Name(this Transport transport) => transport switch
    {
        Transport.WebSockets => "web_sockets",
        Transport.ServerSentEvents => "server_sent_events",
        Transport.LongPolling => "long_polling",
        _ => "none",
    };

    public static string Name(this RequestKind kind) => kind switch
    {
        RequestKind.Preflight => "preflight",
        RequestKind.Negotiate => "negotiate",
        RequestKind.HasId => "has-id",
        RequestKind.WebSocket => "websocket",
        _ => "other",
    };

    public static string Name(this ProtocolProfile profile) => profile switch
    {
        ProtocolProfile.Classic => "classic",
        ProtocolProfile.EngineIO => "engine.io",
        _ => "signalr",
    };
}
