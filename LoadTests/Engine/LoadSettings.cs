using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http.Connections;

namespace LoadTests.Engine;

/// <summary>What to run; printed with every result.</summary>
public sealed record LoadSettings
{
    /// <summary>Name of the scenario.</summary>
    public required string Scenario { get; init; }

    /// <summary>The hub's URL; for <c>http</c> the URL that is asked for.</summary>
    public required Uri Url { get; init; }

    /// <summary>Connections that the set-up opens; workers when <see cref="Rate"/> is 0.</summary>
    public int Connections { get; init; } = 100;

    /// <summary>Units per second; 0 = closed loop, as many as the workers can.</summary>
    public double Rate { get; init; } = 100;

    /// <summary>The measured time.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The same load before it, not measured.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long an answer, or units still under way at the end, may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Transport of hub connections.</summary>
    public HttpTransportType Transport { get; init; } = HttpTransportType.WebSockets;

    /// <summary>Whether each client keeps cookies.</summary>
    public bool Cookies { get; init; }

    /// <summary>Opens WebSockets without a negotiate.</summary>
    public bool SkipNegotiation { get; init; }

    /// <summary>Whether all clients use one pool of TCP connections for what is no WebSocket; else each has its own.</summary>
    public bool SharedHttp { get; init; }

    /// <summary>Whether clients are raw sockets that do only what the wire asks for.</summary>
    public bool Lean { get; init; }

    /// <summary>A process that a storm kills once its connections are open.</summary>
    public int? KillPid { get; init; }

    /// <summary>Characters of a message.</summary>
    public int MessageSize { get; init; } = 128;

    /// <summary>The hub's method that sends its last argument to all.</summary>
    public HubMember Method { get; init; } = new("Send", 2);

    /// <summary>The event by which that message arrives.</summary>
    public HubMember Event { get; init; } = new("Receive", 3);

    /// <summary>What <c>mixed</c> gets by plain HTTP; the root of the site of <see cref="Url"/> unless set.</summary>
    [AllowNull]
    public Uri Page
    {
        get => field ?? new Uri(Url, "/");
        init;
    }
}
