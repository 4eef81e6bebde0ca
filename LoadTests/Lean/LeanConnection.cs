using System.Collections.Concurrent;

namespace LoadTests.Lean;

/// <summary>An open WebSocket that is always being read, and the calls that wait for its answers.</summary>
internal sealed class LeanConnection : IDisposable
{
    private readonly LeanWebSocket _socket;
    private readonly ConcurrentQueue<TaskCompletionSource> _calls = new();

    private LeanConnection(LeanWebSocket socket)
    {
        _socket = socket;
        Ended = ReadAsync();
    }

    /// <summary>Ends with the connection, however that comes.</summary>
    public Task Ended { get; }

    public static async Task<LeanConnection> OpenAsync(LeanHubClient client, int bufferSize, CancellationToken cancellationToken) =>
        new(await client.OpenWebSocketAsync(bufferSize, cancellationToken));

    /// <summary>Sends a call and waits for its answer.</summary>
    /// <param name="frame">The call. One connection has one caller at a time that starts calls; many may wait.</param>
    public async Task CallAsync(ReadOnlyMemory<byte> frame)
    {
        var answer = new TaskCompletionSource();
        _calls.Enqueue(answer);
        if (Ended.IsCompleted)
        {
            FailCalls();
        }
        else
        {
            await _socket.SendAsync(frame);
        }

        await answer.Task;
    }

    public ValueTask SendAsync(ReadOnlyMemory<byte> frame) => _socket.SendAsync(frame);

    public void Dispose() => _socket.Dispose();

    private async Task ReadAsync()
    {
        try
        {
            while (await _socket.ReceiveAsync(OnRecord))
            {
            }
        }
        catch (Exception error) when (error is IOException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            // Broken or closed: it has ended.
        }
        finally
        {
            _socket.Dispose();
        }

        FailCalls();
    }

    private void OnRecord(byte type)
    {
        if (type == HubRecords.Completion && _calls.TryDequeue(out var call))
        {
            call.TrySetResult();
        }
    }

    private void FailCalls()
    {
        while (_calls.TryDequeue(out var call))
        {
            call.TrySetException(new EndOfStreamException("The connection ended before the answer."));
        }
    }
}
