using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace EventLoops;

/// <summary>Reads and writes the kernel's <c>struct epoll_event</c>, which is packed on x64 and aligned on every other architecture.</summary>
internal static class EpollEvent
{
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture is Architecture.X64 ? 4 : 8;

    /// <summary>The bytes of one event.</summary>
    public static int Size { get; } = DataOffset + sizeof(ulong);

    public static void Write(Span<byte> bytes, Readiness readiness, ulong data)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)readiness);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[DataOffset..], data);
    }

    public static (Readiness Readiness, ulong Data) Read(ReadOnlySpan<byte> bytes) =>
        ((Readiness)BinaryPrimitives.ReadUInt32LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[DataOffset..]));
}
