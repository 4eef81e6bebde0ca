using System.Runtime.Versioning;
using EventLoops;

namespace Proxy.Forwarding.Tunnels;

/// <summary>One side of a <see cref="HandOffTunnel"/>: its socket, and what is known of the two directions there.</summary>
[SupportedOSPlatform("linux")]
internal struct TunnelSide(Registration registration)
{
    private SendBuffer _unsent;

    /// <summary>The loop that waits for it.</summary>
    public readonly EventLoop Loop => registration.Loop;

    /// <summary>It has sent its end; nothing more comes from it.</summary>
    public bool HasEnded { get; set; }

    /// <summary>It takes nothing any more; what is sent to it goes nowhere.</summary>
    public bool IsDeaf { get; private set; }

    /// <summary>It has not taken everything yet.</summary>
    public readonly bool HasUnsent => !_unsent.IsEmpty;

    /// <summary>Reads what it has sent.</summary>
    /// <returns>The number of bytes, 0 at its end, or a negative error.</returns>
    public readonly int Receive(Span<byte> buffer) => Descriptors.Receive(registration.Descriptor, buffer);

    /// <summary>Sends bytes to it, and keeps what it does not take now.</summary>
    /// <returns>The error that makes it deaf, or 0.</returns>
    public int Send(ReadOnlySpan<byte> bytes)
    {
        if (IsDeaf)
        {
            return 0;
        }

        if (!HasUnsent)
        {
            var sent = Descriptors.Send(registration.Descriptor, bytes);
            if (sent is < 0 and not -Errno.TryAgain)
            {
                StopSending();
                return -sent;
            }

            bytes = bytes[Math.Max(sent, 0)..];
        }

        if (!bytes.IsEmpty)
        {
            _unsent.Append(bytes);
        }

        return 0;
    }

    /// <summary>Sends what was kept, as far as it takes it.</summary>
    /// <inheritdoc cref="Send"/>
    public int Flush()
    {
        var sent = Descriptors.Send(registration.Descriptor, _unsent.Bytes);
        if (sent is < 0 and not -Errno.TryAgain)
        {
            StopSending();
            return -sent;
        }

        _unsent.Consume(Math.Max(sent, 0));
        return 0;
    }

    /// <summary>Passes on that the other side has ended.</summary>
    public readonly void SendEnd() => Descriptors.ShutdownSend(registration.Descriptor);

    /// <summary>Waits until it can be read, if it may be, and until it takes what was kept.</summary>
    public readonly void Wait(bool mayRead) =>
        registration.SetInterest((mayRead ? Readiness.Readable : Readiness.None) | (HasUnsent ? Readiness.Writable : Readiness.None));

    /// <summary>Closes its socket.</summary>
    /// <param name="isAbort">With a reset.</param>
    public void Close(bool isAbort)
    {
        StopSending();
        registration.Remove();
        Descriptors.Close(registration.Descriptor, isAbort);
    }

    private void StopSending()
    {
        IsDeaf = true;
        _unsent.Clear();
    }
}
