using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace EventLoops;

/// <summary>The kernel's <c>struct epoll_event</c>: packed on x64, aligned everywhere else.</summary>
internal static class EpollRecord
{
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture is Architecture.X64 ? 4 : 8;

    public static int Size { get; } = DataOffset + sizeof(ulong);

    public static void Write(Span<byte> record, Readiness readiness, ulong data)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)readiness);
        BinaryPrimitives.WriteUInt64LittleEndian(record[DataOffset..], data);
    }

    public static (Readiness Readiness, ulong Data) Read(ReadOnlySpan<byte> record) =>
        ((Readiness)BinaryPrimitives.ReadUInt32LittleEndian(record), BinaryPrimitives.ReadUInt64LittleEndian(record[DataOffset..]));
}
