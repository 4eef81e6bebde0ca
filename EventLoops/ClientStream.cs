using System.Runtime.Versioning;
using Microsoft.AspNetCore.Connections;

namespace EventLoops;

/// <summary>What Kestrel reads from and writes to.</summary>
/// <remarks>Kestrel takes a write that throws for its own fault and logs an error; that the client is gone it hears from its read and from ConnectionClosed.</remarks>
[SupportedOSPlatform("linux")]
internal sealed class ClientStream(LoopSocket socket) : LoopStream(socket)
{
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var sent = Socket.SendAsync(buffer, cancellationToken);
        return sent.IsCompletedSuccessfully ? default : FinishAsync(sent);
    }

    // Completing a writer may flush it; what is left over then goes nowhere.
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
            // Told elsewhere.
        }
    }
}
