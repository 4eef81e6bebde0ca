using System.Buffers;

namespace Proxy.Forwarding.Tunnels;

/// <summary>One direction of a tunnel: what its target has not taken yet.</summary>
internal struct Lane
{
    private byte[]? _held;
    private int _start;
    private int _end;

    /// <summary>Its source has sent its end.</summary>
    public bool HasEnded { get; set; }

    /// <summary>Its target takes nothing any more; what its source sends goes nowhere.</summary>
    public bool IsDead { get; private set; }

    /// <summary>Its target has not taken everything yet.</summary>
    public readonly bool IsHolding => _held is not null;

    public readonly ReadOnlySpan<byte> Held => _held.AsSpan(_start, _end - _start);

    public void Hold(ReadOnlySpan<byte> bytes)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Held.Length + bytes.Length);
        Held.CopyTo(larger);
        bytes.CopyTo(larger.AsSpan(Held.Length));
        var length = Held.Length + bytes.Length;
        Drop();
        (_held, _start, _end) = (larger, 0, length);
    }

    public void Sent(int count)
    {
        _start += count;
        if (_start == _end)
        {
            Drop();
        }
    }

    public void Die()
    {
        IsDead = true;
        Drop();
    }

    private void Drop()
    {
        if (_held is { } held)
        {
            ArrayPool<byte>.Shared.Return(held);
            (_held, _start, _end) = (null, 0, 0);
        }
    }
}
