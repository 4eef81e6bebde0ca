using System.Runtime.Versioning;
using Microsoft.AspNetCore.Connections;

namespace EventLoops;

/// <summary>The stream that Kestrel reads and writes.</summary>
/// <remarks>
/// A write to a client that has left succeeds, because Kestrel logs an error for a write that throws. It learns from its read and from ConnectionClosed that
/// the client has left.
/// </remarks>
[SupportedOSPlatform("linux")]
internal sealed class ClientStream(LoopSocket socket) : LoopStream(socket)
{
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var sent = Socket.SendAsync(buffer, cancellationToken);
        return sent.IsCompletedSuccessfully ? default : FinishAsync(sent);
    }

    // The completion of a pipe writer may write what was never flushed. Such bytes are dropped, as a synchronous write would block the loop.
    public override void Write(byte[] buffer, int offset, int count)
    {
    }

    private static async ValueTask FinishAsync(ValueTask sent)
    {
        try
        {
            await sent;
        }
        catch (Exception e) when (e is IOException or ConnectionAbortedException)
        {
            // Kestrel learns it from its read.
        }
    }
}
