using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace LoadTests.Lean;

/// <summary>The head of a WebSocket frame (RFC 6455, 5.2).</summary>
internal readonly record struct FrameHeader(int Size, byte OpCode, long PayloadLength, uint Mask)
{
    public const byte Text = 1;
    public const byte Close = 8;
    public const byte Ping = 9;

    private const byte Final = 0x80;
    private const byte Masked = 0x80;

    // Any value but 0 makes the receiver work as with a random one; the guard against confused caches is of no use here.
    private const uint ClientMask = 0x5AC3_1E97;

    public static bool TryRead(ReadOnlySpan<byte> received, out FrameHeader header)
    {
        header = default;
        if (received.Length < 2)
        {
            return false;
        }

        var (length, size) = (received[1] & 0x7F) switch
        {
            126 => (-1L, 4),
            127 => (-1L, 10),
            var small => (small, 2),
        };
        var isMasked = (received[1] & Masked) != 0;
        if (received.Length < size + (isMasked ? 4 : 0))
        {
            return false;
        }

        length = size switch
        {
            4 => BinaryPrimitives.ReadUInt16BigEndian(received[2..]),
            10 => BinaryPrimitives.ReadInt64BigEndian(received[2..]),
            _ => length,
        };
        var mask = isMasked ? MemoryMarshal.Read<uint>(received[size..]) : 0;
        header = new FrameHeader(size + (isMasked ? 4 : 0), (byte)(received[0] & 0x0F), length, mask);
        return true;
    }

    /// <summary>Writes the head of a server's frame; returns its size, 10 at most.</summary>
    public static int Write(Span<byte> destination, byte opCode, int payloadLength)
    {
        destination[0] = (byte)(Final | opCode);
        if (payloadLength < 126)
        {
            destination[1] = (byte)payloadLength;
            return 2;
        }

        if (payloadLength <= ushort.MaxValue)
        {
            destination[1] = 126;
            BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)payloadLength);
            return 4;
        }

        destination[1] = 127;
        BinaryPrimitives.WriteInt64BigEndian(destination[2..], payloadLength);
        return 10;
    }

    /// <summary>A whole frame of a client.</summary>
    public static byte[] Client(byte opCode, ReadOnlySpan<byte> payload)
    {
        Span<byte> head = stackalloc byte[14];
        var size = Write(head, opCode, payload.Length);
        head[1] |= Masked;
        MemoryMarshal.Write(head[size..], ClientMask);
        byte[] frame = [.. head[..(size + 4)], .. payload];
        Apply(ClientMask, frame.AsSpan(size + 4));
        return frame;
    }

    /// <summary>Masks, or unmasks, the payload of a frame.</summary>
    public static void Apply(uint mask, Span<byte> payload)
    {
        var vectors = MemoryMarshal.Cast<byte, Vector<uint>>(payload);
        foreach (ref var vector in vectors)
        {
            vector ^= new Vector<uint>(mask);
        }

        Span<byte> key = stackalloc byte[4];
        MemoryMarshal.Write(key, mask);
        for (var i = vectors.Length * Vector<byte>.Count; i < payload.Length; i++)
        {
            payload[i] ^= key[i & 3];
        }
    }
}
