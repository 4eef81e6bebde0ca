using System.Buffers;

namespace Proxy.Forwarding.Tunnels;

/// <summary>Bytes that a socket has not taken yet.</summary>
internal struct SendBuffer
{
    private byte[]? _rented;
    private int _start;
    private int _end;

    public readonly bool IsEmpty => _rented is null;

    public readonly ReadOnlySpan<byte> Bytes => _rented.AsSpan(_start, _end - _start);

    /// <summary>Keeps bytes behind those that are kept already.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        var length = Bytes.Length + bytes.Length;
        var larger = ArrayPool<byte>.Shared.Rent(length);
        Bytes.CopyTo(larger);
        bytes.CopyTo(larger.AsSpan(Bytes.Length));
        Clear();
        (_rented, _start, _end) = (larger, 0, length);
    }

    /// <summary>Drops as many bytes as the socket has taken.</summary>
    public void Consume(int count)
    {
        _start += count;
        if (_start == _end)
        {
            Clear();
        }
    }

    public void Clear()
    {
        if (_rented is { } rented)
        {
            ArrayPool<byte>.Shared.Return(rented);
            (_rented, _start, _end) = (null, 0, 0);
        }
    }
}
