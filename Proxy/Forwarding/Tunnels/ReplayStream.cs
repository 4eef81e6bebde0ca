using System.Runtime.Versioning;
using EventLoops;

namespace Proxy.Forwarding.Tunnels;

/// <summary>A connection on which the request has been sent and the answer begun: what was read comes again, and what is written before that goes nowhere.</summary>
[SupportedOSPlatform("linux")]
internal sealed class ReplayStream(LoopSocket socket, ReadOnlyMemory<byte> begun) : LoopStream(socket)
{
    private ReadOnlyMemory<byte> _begun = begun;
    private bool _isRead;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _isRead = true;
        if (_begun.IsEmpty || buffer.IsEmpty)
        {
            return _begun.IsEmpty ? base.ReadAsync(buffer, cancellationToken) : new(0);
        }

        var length = Math.Min(buffer.Length, _begun.Length);
        _begun[..length].CopyTo(buffer);
        _begun = _begun[length..];
        return new(length);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _isRead ? base.WriteAsync(buffer, cancellationToken) : default;
}
