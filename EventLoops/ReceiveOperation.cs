using System.Runtime.Versioning;

namespace EventLoops;

/// <summary>The receiving side of a <see cref="LoopSocket"/>: one receive at a time, which may have to wait.</summary>
[SupportedOSPlatform("linux")]
internal sealed class ReceiveOperation(int descriptor, bool mayHaveData) : SocketOperation
{
    private Memory<byte> _buffer;

    /// <summary>A receive may find something. While this is false the kernel has nothing, and a receive would be a wasted system call.</summary>
    public bool MayHaveData { get; set; } = mayHaveData;

    /// <summary>Bytes that were received in all.</summary>
    public long Total { get; private set; }

    public ValueTask<int> Begin(Memory<byte> buffer)
    {
        _buffer = buffer;
        Begin();
        return new(this, Version);
    }

    public override void End()
    {
        base.End();
        _buffer = default;
    }

    /// <summary>Tries the pending operation again.</summary>
    public bool TryReceive(out int received, out Exception? error) => TryReceive(_buffer, out received, out error);

    /// <summary>Receives without waiting.</summary>
    /// <returns><see langword="false"/> when the kernel has nothing yet.</returns>
    public bool TryReceive(Memory<byte> buffer, out int received, out Exception? error)
    {
        error = null;
        received = 0;
        if (buffer.IsEmpty)
        {
            MayHaveData = true;
            return true;
        }

        var result = Descriptors.Receive(descriptor, buffer.Span);
        if (result is -Errno.TryAgain)
        {
            MayHaveData = false;
            return false;
        }

        // Fewer bytes than the buffer takes were all that the kernel had. The end and an error stay: they are found again.
        MayHaveData = result <= 0 || result == buffer.Length;
        received = Math.Max(result, 0);
        Total += received;
        error = result < 0 ? Errno.ToIOException(-result) : null;
        return true;
    }
}
