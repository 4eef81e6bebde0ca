using System.Collections.Concurrent;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http.Connections;

namespace LoadTests.Lean;

/// <summary>An open hub connection that is always being read, and the calls that wait for its answers.</summary>
internal sealed class LeanConnection : IDisposable
{
    private readonly ILeanTransport _transport;
    private readonly ConcurrentQueue<TaskCompletionSource> _calls = new(); // answers come in the order of the calls

    private LeanConnection(ILeanTransport transport)
    {
        _transport = transport;
        Ended = ReadAsync();
    }

    /// <summary>Ends with the connection, however that comes.</summary>
    public Task Ended { get; }

    public static async Task<LeanConnection> OpenAsync(
        LeanHubClient client, HttpTransportType transport, int bufferSize, CancellationToken cancellationToken) =>
        new(await client.OpenAsync(transport, bufferSize, cancellationToken));

    /// <summary>The bytes that send a message over this connection.</summary>
    public byte[] Prepare(string message) => _transport.Prepare(message);

    /// <summary>Sends a call that was prepared, and waits for its answer.</summary>
    public async Task CallAsync(ReadOnlyMemory<byte> call)
    {
        var answer = new TaskCompletionSource();
        _calls.Enqueue(answer);
        if (Ended.IsCompleted)
        {
            FailCalls();
        }
        else
        {
            await _transport.SendAsync(call);
        }

        await answer.Task;
    }

    public ValueTask SendAsync(ReadOnlyMemory<byte> prepared) => _transport.SendAsync(prepared);

    public void Dispose() => _transport.Dispose();

    private async Task ReadAsync()
    {
        try
        {
            while (await _transport.ReceiveAsync(OnRecord))
            {
            }
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException or HttpRequestException or InvalidDataException)
        {
            // Broken or closed: it has ended.
        }
        finally
        {
            _transport.Dispose();
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
