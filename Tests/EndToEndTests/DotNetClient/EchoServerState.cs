using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace EndToEndTests.DotNetClient;

/// <summary>What the server saw and what it waits for.</summary>
internal sealed class EchoServerState
{
    private int _told;

    public ConcurrentDictionary<string, ConnectionContext> Sockets { get; } = new();

    public ConcurrentQueue<SeenRequest> Requests { get; } = new();

    public TaskCompletionSource Waiting { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource<string> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How the server's side of the first connection that ended saw the end.</summary>
    public TaskCompletionSource<Exception?> Disconnected { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsFirstTold() => Interlocked.Increment(ref _told) == 1;
}
