using System.Diagnostics.CodeAnalysis;
using System.Runtime.Versioning;

namespace EventLoops;

/// <summary>A client's connection whose socket can be taken out of Kestrel; a feature of the connection.</summary>
[SupportedOSPlatform("linux")]
public interface IHandOff
{
    /// <summary>What Kestrel reads is what the socket carries: nothing such as TLS stands between.</summary>
    bool IsPlain { get; }

    /// <summary>The loop that waits for the client.</summary>
    EventLoop EventLoop { get; }

    /// <summary>Takes the socket. Kestrel finds the connection at its end, and finishes its request as usual.</summary>
    /// <param name="descriptor">The socket, which the caller owns from now on.</param>
    /// <param name="unread">What the client has sent and nobody has read.</param>
    /// <returns><see langword="false"/> when the connection is gone, or in use.</returns>
    bool TryRelease(out int descriptor, [NotNullWhen(true)] out byte[]? unread);
}
