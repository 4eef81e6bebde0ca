using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace EventLoops;

/// <summary>Operations on the descriptor of a socket that no object of .NET owns. None of them waits.</summary>
[SupportedOSPlatform("linux")]
public static unsafe class Descriptors
{
    /// <summary>The bytes of a <c>struct sockaddr_in6</c>, the longer of the two kinds of addresses.</summary>
    private const int MaxAddressLength = 28;

    /// <summary>Descriptors that clients may not take. .NET ends the process if it gets none for a new thread, and connections to nodes need some.</summary>
    private const ulong Reserved = 128;

    private static readonly int MaxClientDescriptor = FindMaxClientDescriptor();

    /// <summary>Receives what is there.</summary>
    /// <param name="descriptor">A connected socket.</param>
    /// <param name="buffer">The buffer to fill; not empty.</param>
    /// <returns>The number of bytes; 0 at the end of the peer's direction; a negative error number (<see cref="Errno"/>) when nothing was received.</returns>
    public static int Receive(int descriptor, Span<byte> buffer)
    {
        fixed (byte* pointer = buffer)
        {
            nint result;
            do
            {
                result = Libc.Receive(descriptor, pointer, (nuint)buffer.Length, 0);
            }
            while (result < 0 && Marshal.GetLastPInvokeError() is Errno.Interrupted);

            return result >= 0 ? (int)result : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Sends as many bytes as the kernel takes.</summary>
    /// <param name="descriptor">A connected socket.</param>
    /// <param name="bytes">The bytes to send.</param>
    /// <returns>The number of bytes that were taken; a negative error number (<see cref="Errno"/>) when none were.</returns>
    public static int Send(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* pointer = bytes)
        {
            nint result;
            do
            {
                result = Libc.Send(descriptor, pointer, (nuint)bytes.Length, Libc.MessageNoSignal);
            }
            while (result < 0 && Marshal.GetLastPInvokeError() is Errno.Interrupted);

            return result >= 0 ? (int)result : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Closes a socket.</summary>
    /// <param name="descriptor">The socket, which has no registration any more.</param>
    /// <param name="isAbort">Whether the peer gets a reset, and not the end of the connection.</param>
    public static void Close(int descriptor, bool isAbort)
    {
        if (isAbort)
        {
            var linger = stackalloc int[] { 1, 0 };
            _ = Libc.SetOption(descriptor, Libc.LevelSocket, Libc.OptionLinger, linger, 2 * sizeof(int));
        }

        _ = Libc.Close(descriptor);
    }

    /// <summary>Ends the direction to the peer, which reads what was sent and then the end. The other direction stays open.</summary>
    /// <param name="descriptor">A connected socket.</param>
    public static void ShutdownSend(int descriptor) => _ = Libc.Shutdown(descriptor, Libc.ShutdownWrite);

    /// <summary>Turns Nagle's algorithm off, so that small messages are sent at once.</summary>
    internal static void SetNoDelay(int descriptor)
    {
        var on = 1;
        _ = Libc.SetOption(descriptor, Libc.LevelTcp, Libc.OptionNoDelay, &on, sizeof(int));
    }

    /// <summary>Reads, and clears, the result of a connect that was in progress.</summary>
    /// <returns>0 when the socket is connected, else the error number.</returns>
    internal static int TakeError(int descriptor)
    {
        int error;
        uint length = sizeof(int);
        return Libc.GetOption(descriptor, Libc.LevelSocket, Libc.OptionError, &error, &length) < 0 ? Marshal.GetLastPInvokeError() : error;
    }

    /// <summary>Accepts the next client of a listening socket. A client whose descriptor is one of the reserved ones is reset.</summary>
    /// <returns>The new descriptor; a negative error number when there is none.</returns>
    internal static int Accept(int listener, out IPEndPoint? peer)
    {
        var address = stackalloc byte[MaxAddressLength];
        uint length = MaxAddressLength;
        peer = null;
        var descriptor = Libc.Accept(listener, address, &length, Libc.NonBlocking | Libc.CloseOnExec);
        if (descriptor < 0)
        {
            return -Marshal.GetLastPInvokeError();
        }

        if (descriptor > MaxClientDescriptor)
        {
            Close(descriptor, isAbort: true);
            return -Errno.TooManyFiles;
        }

        peer = Read(new ReadOnlySpan<byte>(address, (int)length));
        return descriptor;
    }

    internal static IPEndPoint? LocalEndPoint(int descriptor)
    {
        var address = stackalloc byte[MaxAddressLength];
        uint length = MaxAddressLength;
        return Libc.GetLocalAddress(descriptor, address, &length) < 0 ? null : Read(new ReadOnlySpan<byte>(address, (int)length));
    }

    /// <summary>Creates a non-blocking socket and begins to connect it.</summary>
    /// <param name="peer">An IPv4 or IPv6 address.</param>
    /// <param name="descriptor">The new socket; -1 after an error.</param>
    /// <returns>0 when it is connected; <see cref="Errno.InProgress"/> when it becomes writable as soon as that is decided; else the error number.</returns>
    internal static int Connect(IPEndPoint peer, out int descriptor)
    {
        var family = peer.AddressFamily is AddressFamily.InterNetworkV6 ? Libc.AddressFamilyInet6 : Libc.AddressFamilyInet;
        descriptor = Libc.CreateSocket(family, Libc.Stream | Libc.NonBlocking | Libc.CloseOnExec, 0);
        if (descriptor < 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        SetNoDelay(descriptor);
        var address = stackalloc byte[MaxAddressLength];
        var length = Write(peer, new Span<byte>(address, MaxAddressLength));
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

    // A struct sockaddr_in or sockaddr_in6 has the family in the byte order of the machine and the port in that of the network.
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
            return MaxAddressLength;
        }

        BinaryPrimitives.WriteUInt16LittleEndian(address, Libc.AddressFamilyInet);
        peer.Address.TryWriteBytes(address[4..], out _);
        return 16;
    }

    // RLIMIT_NOFILE. .NET raises the soft limit to the hard one when it starts.
    private static int FindMaxClientDescriptor()
    {
        var limits = stackalloc ulong[2];
        var max = Libc.GetLimit(Libc.LimitOfFiles, limits) < 0 || limits[0] > int.MaxValue ? int.MaxValue : limits[0];
        return (int)(max > 4 * Reserved ? max - Reserved : max - (max / 4));
    }
}
