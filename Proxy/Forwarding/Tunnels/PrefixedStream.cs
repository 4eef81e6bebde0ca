using System.Runtime.Versioning;
using EventLoops;

namespace Proxy.Forwarding.Tunnels;

/// <summary>A connection on which the request has been sent and the answer has begun.</summary>
/// <remarks>Reading starts with the bytes that were read already. What is written before the first read is the request once more, and is dropped.</remarks>
[SupportedOSPlatform("linux")]
internal sealed class PrefixedStream(LoopSocket socket, ReadOnlyMemory<byte> prefix) : LoopStream(socket)
{
    private ReadOnlyMemory<byte> _prefix = prefix;
    private bool _isRead;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _isRead = true;
        if (_prefix.IsEmpty || buffer.IsEmpty)
        {
            return _prefix.IsEmpty ? base.ReadAsync(buffer, cancellationToken) : new(0);
        }

        var length = Math.Min(buffer.Length, _prefix.Length);
        _prefix[..length].CopyTo(buffer);
        _prefix = _prefix[length..];
        return new(length);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _isRead ? base.WriteAsync(buffer, cancellationToken) : default;
}
