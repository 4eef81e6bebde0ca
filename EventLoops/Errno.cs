using System.ComponentModel;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace EventLoops;

/// <summary>What the kernel's error numbers mean to a socket's user.</summary>
public static class Errno
{
    internal const int Interrupted = 4;
    public const int TryAgain = 11;
    internal const int TooManyFilesInSystem = 23;
    internal const int TooManyFiles = 24;
    public const int BrokenPipe = 32;
    internal const int ConnectionAborted = 103;
    internal const int ConnectionReset = 104;
    internal const int NoBufferSpace = 105;
    internal const int InProgress = 115;
    private const int NetworkUnreachable = 101;
    private const int TimedOut = 110;
    private const int Refused = 111;
    private const int HostUnreachable = 113;

    /// <summary>What Kestrel and HttpClient expect of a stream whose connection is broken.</summary>
    internal static IOException ToIOException(int error) =>
        error is ConnectionReset or BrokenPipe or ConnectionAborted
            ? new ConnectionResetException("The peer has broken off the connection.", ToSocketException(error))
            : new IOException("The connection is broken.", ToSocketException(error));

    internal static SocketException ToSocketException(int error) => error switch
    {
        Refused => new SocketException((int)SocketError.ConnectionRefused),
        TimedOut => new SocketException((int)SocketError.TimedOut),
        HostUnreachable => new SocketException((int)SocketError.HostUnreachable),
        NetworkUnreachable => new SocketException((int)SocketError.NetworkUnreachable),
        ConnectionReset or BrokenPipe => new SocketException((int)SocketError.ConnectionReset),
        ConnectionAborted => new SocketException((int)SocketError.ConnectionAborted),
        // .NET's own text speaks of the whole system for both, and the limit to raise is another one.
        TooManyFiles or TooManyFilesInSystem => new SocketException((int)SocketError.TooManyOpenSockets, new Win32Exception(error).Message),
        NoBufferSpace => new SocketException((int)SocketError.NoBufferSpaceAvailable),
        _ => new SocketException((int)SocketError.SocketError, new Win32Exception(error).Message),
    };
}
