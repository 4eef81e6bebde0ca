using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace EndToEndTests.LoadGenerator;

/// <summary>The open TCP connections of the server, and whether its hub has been called.</summary>
internal sealed class EchoServerState
{
    private int _told;

    public ConcurrentDictionary<string, ConnectionContext> Sockets { get; } = new();

    public bool IsFirstTold() => Interlocked.Increment(ref _told) == 1;
}
