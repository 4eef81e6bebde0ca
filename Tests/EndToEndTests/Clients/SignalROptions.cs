using System.Text.Json.Serialization;

namespace EndToEndTests.Clients;

/// <summary>What signalr-clients.mjs is told about a connection.</summary>
internal sealed record SignalROptions
{
    public const string WebSockets = "webSockets";
    public const string ServerSentEvents = "serverSentEvents";
    public const string LongPolling = "longPolling";

    public static readonly IReadOnlyList<string> AllTransports = [WebSockets, ServerSentEvents, LongPolling];

    public string Transport { get; init; } = WebSockets;

    /// <summary>The hub's name of the transport.</summary>
    [JsonIgnore]
    public string TransportAtNode => Transport switch
    {
        WebSockets => "web_sockets",
        ServerSentEvents => "server_sent_events",
        _ => "long_polling",
    };

    public bool SkipNegotiation { get; init; }

    /// <summary>False: a client that neither keeps nor sends any.</summary>
    public bool Cookies { get; init; } = true;

    /// <summary>Connections that name the same jar share their cookies; left out, each has its own.</summary>
    public string? Jar { get; init; }

    /// <summary>Delays in milliseconds of the automatic reconnect; left out, there is none.</summary>
    public IReadOnlyList<int>? Reconnect { get; init; }

    /// <summary>Milliseconds without any message from the hub after which the client gives the connection up; the library's default is 30 s.</summary>
    public int? ServerTimeout { get; init; }

    /// <summary>Milliseconds after which the client gives a request of its own up, but not a poll; the library's default is 100 s.</summary>
    public int? RequestTimeout { get; init; }

    /// <summary>Asks for stateful reconnect.</summary>
    public bool Stateful { get; init; }

    /// <summary>The client of version 1.1, which negotiates version 0.</summary>
    public bool Old { get; init; }

    /// <summary>Each request goes to the next of these.</summary>
    public IReadOnlyList<Uri>? Origins { get; init; }
}
