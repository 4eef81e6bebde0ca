using System.Diagnostics.CodeAnalysis;
using System.Runtime.Versioning;

namespace EventLoops;

/// <summary>A feature of a client's connection whose socket can be taken out of Kestrel.</summary>
[SupportedOSPlatform("linux")]
public interface IHandOff
{
    /// <summary>Kestrel reads the bytes of the socket as they are, without a layer such as TLS between.</summary>
    bool IsPlain { get; }

    /// <summary>The loop that waits for the client's socket.</summary>
    EventLoop EventLoop { get; }

    /// <summary>Has the end of the client's direction told by reading up to it alone, as is right for a connection that is always read.</summary>
    /// <remarks>Else Kestrel learns of the end ahead of what was not read yet, and closes the connection.</remarks>
    void LeaveEndToReader();

    /// <summary>Takes the socket out of Kestrel, which finds the connection closed from then on and finishes its request as usual.</summary>
    /// <param name="descriptor">The socket, which belongs to the caller from now on; -1 when it could not be taken.</param>
    /// <param name="unread">The bytes that the client has sent and that the application has not read.</param>
    /// <returns><see langword="false"/> when the connection has ended, or when a read or a write is pending.</returns>
    bool TryRelease(out int descriptor, [NotNullWhen(true)] out byte[]? unread);
}
