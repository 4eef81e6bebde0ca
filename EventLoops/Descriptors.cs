using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace EventLoops;

/// <summary>What is done with a socket's bare descriptor.</summary>
[SupportedOSPlatform("linux")]
public static unsafe class Descriptors
{
    private const int LongestAddress = 28;

    /// <summary>Left for .NET itself, which ends the process when it starts a thread and gets none, and for connections to the nodes.</summary>
    private const ulong Reserve = 128;

    private static readonly int Highest = FindHighest();

    /// <summary>Reads what is there.</summary>
    /// <returns>0 at the peer's end; an error number, negated, when nothing was read.</returns>
    public static int Receive(int descriptor, Span<byte> buffer)
    {
        fixed (byte* to = buffer)
        {
            nint result;
            do
            {
                result = Libc.Receive(descriptor, to, (nuint)buffer.Length, 0);
            }
            while (result < 0 && Marshal.GetLastPInvokeError() is Errno.Interrupted);

            return result >= 0 ? (int)result : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Sends as much as the kernel takes.</summary>
    /// <returns>How much that was; an error number, negated, when it was nothing.</returns>
    public static int Send(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* from = bytes)
        {
            nint result;
            do
            {
                result = Libc.Send(descriptor, from, (nuint)bytes.Length, Libc.MessageNoSignal);
            }
            while (result < 0 && Marshal.GetLastPInvokeError() is Errno.Interrupted);

            return result >= 0 ? (int)result : -Marshal.GetLastPInvokeError();
        }
    }

    /// <param name="descriptor">A socket; nobody uses it any more.</param>
    /// <param name="isAbort">The peer gets a reset instead of an end.</param>
    public static void Close(int descriptor, bool isAbort)
    {
        if (isAbort)
        {
            var linger = stackalloc int[] { 1, 0 };
            _ = Libc.SetOption(descriptor, Libc.LevelSocket, Libc.OptionLinger, linger, 2 * sizeof(int));
        }

        _ = Libc.Close(descriptor);
    }

    /// <summary>Ends the direction to the peer, which reads what was sent and then the end; the other direction stays open.</summary>
    public static void ShutdownSend(int descriptor) => _ = Libc.Shutdown(descriptor, Libc.ShutdownWrite);

    /// <summary>Small messages leave at once.</summary>
    internal static void SetNoDelay(int descriptor)
    {
        var on = 1;
        _ = Libc.SetOption(descriptor, Libc.LevelTcp, Libc.OptionNoDelay, &on, sizeof(int));
    }

    /// <summary>What became of a connect that had to wait.</summary>
    /// <returns>0, or the error's number.</returns>
    internal static int TakeError(int descriptor)
    {
        int error;
        uint length = sizeof(int);
        return Libc.GetOption(descriptor, Libc.LevelSocket, Libc.OptionError, &error, &length) < 0 ? Marshal.GetLastPInvokeError() : error;
    }

    /// <summary>Takes the next client of a listening socket.</summary>
    /// <returns>The new descriptor; an error number, negated, when there is none, or when it is among the last that the process may have.</returns>
    internal static int Accept(int listener, out IPEndPoint? peer)
    {
        var address = stackalloc byte[LongestAddress];
        uint length = LongestAddress;
        peer = null;
        var descriptor = Libc.Accept(listener, address, &length, Libc.NonBlocking | Libc.CloseOnExec);
        if (descriptor < 0)
        {
            return -Marshal.GetLastPInvokeError();
        }

        if (descriptor > Highest)
        {
            Close(descriptor, isAbort: true);
            return -Errno.TooManyFiles;
        }

        peer = Read(new ReadOnlySpan<byte>(address, (int)length));
        return descriptor;
    }

    internal static IPEndPoint? LocalEndPoint(int descriptor)
    {
        var address = stackalloc byte[LongestAddress];
        uint length = LongestAddress;
        return Libc.GetLocalAddress(descriptor, address, &length) < 0 ? null : Read(new ReadOnlySpan<byte>(address, (int)length));
    }

    /// <summary>Begins to connect.</summary>
    /// <param name="peer">IPv4 or IPv6.</param>
    /// <param name="descriptor">The new socket, non-blocking.</param>
    /// <returns>0: connected; EINPROGRESS: it becomes writable when that is decided; else the error's number, and no socket is left.</returns>
    internal static int Connect(IPEndPoint peer, out int descriptor)
    {
        descriptor = Libc.CreateSocket(
            peer.AddressFamily is AddressFamily.InterNetworkV6 ? Libc.AddressFamilyInet6 : Libc.AddressFamilyInet, Libc.Stream | Libc.NonBlocking | Libc.CloseOnExec, 0);
        if (descriptor < 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        SetNoDelay(descriptor);
        var address = stackalloc byte[LongestAddress];
        var length = Write(peer, new Span<byte>(address, LongestAddress));
        if (Libc.Connect(descriptor, address, (uint)length) >= 0)
        {
            return 0;
        }

        var error = Marshal.GetLastPInvokeError();
        if (error is not Errno.InProgress)
        {
            _ = Libc.Close(descriptor);
            descriptor = -1;
        }

        return error;
    }

    // struct sockaddr_in and sockaddr_in6: family in the machine's order, port in the network's.
    private static IPEndPoint? Read(ReadOnlySpan<byte> address)
    {
        var port = BinaryPrimitives.ReadUInt16BigEndian(address[2..]);
        return BinaryPrimitives.ReadUInt16LittleEndian(address) switch
        {
            Libc.AddressFamilyInet => new IPEndPoint(new IPAddress(address.Slice(4, 4)), port),
            Libc.AddressFamilyInet6 => new IPEndPoint(new IPAddress(address.Slice(8, 16), BinaryPrimitives.ReadUInt32LittleEndian(address[24..])), port),
            _ => null,
        };
    }

    private static int Write(IPEndPoint peer, Span<byte> address)
    {
        address.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(address[2..], (ushort)peer.Port);
        if (peer.AddressFamily is AddressFamily.InterNetworkV6)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(address, Libc.AddressFamilyInet6);
            peer.Address.TryWriteBytes(address[8..], out _);
            BinaryPrimitives.WriteUInt32LittleEndian(address[24..], (uint)peer.Address.ScopeId);
            return LongestAddress;
        }

        BinaryPrimitives.WriteUInt16LittleEndian(address, Libc.AddressFamilyInet);
        peer.Address.TryWriteBytes(address[4..], out _);
        return 16;
    }

    // RLIMIT_NOFILE; .NET raises it to what the system allows when it starts.
    private static int FindHighest()
    {
        var limits = stackalloc ulong[2];
        var most = Libc.GetLimit(Libc.LimitOfFiles, limits) < 0 || limits[0] > int.MaxValue ? int.MaxValue : limits[0];
        return (int)(most > 4 * Reserve ? most - Reserve : most - (most / 4));
    }
}
