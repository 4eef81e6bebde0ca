using System.Runtime.Versioning;

namespace EventLoops;

/// <summary>A send of a <see cref="LoopSocket"/> that waits until the peer has taken enough of what was sent before.</summary>
[SupportedOSPlatform("linux")]
internal sealed class SendOperation(int descriptor) : SocketOperation
{
    private ReadOnlyMemory<byte> _unsent;

    public ValueTask Begin(ReadOnlyMemory<byte> unsent)
    {
        _unsent = unsent;
        Begin();
        return new(this, Version);
    }

    public override void End()
    {
        base.End();
        _unsent = default;
    }

    /// <summary>Goes on with the pending operation.</summary>
    public bool TrySend(out Exception? error) => TrySend(descriptor, ref _unsent, out error);

    /// <summary>Sends as much as the kernel takes without waiting.</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="bytes">What has to be sent; what is left of it, afterwards.</param>
    /// <param name="error">Why nothing more can be sent at all.</param>
    /// <returns><see langword="false"/> when bytes are left that the kernel does not take yet.</returns>
    public static bool TrySend(int descriptor, ref ReadOnlyMemory<byte> bytes, out Exception? error)
    {
        error = null;
        while (!bytes.IsEmpty)
        {
            var result = Descriptors.Send(descriptor, bytes.Span);
            if (result is -Errno.TryAgain)
            {
                return false;
            }

            if (result < 0)
            {
                error = Errno.ToIOException(-result);
                return true;
            }

            bytes = bytes[result..];
        }

        return true;
    }
}
