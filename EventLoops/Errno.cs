using System.ComponentModel;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace EventLoops;

/// <summary>Error numbers of the kernel, and the exceptions that a user of sockets expects for them.</summary>
public static class Errno
{
    /// <summary>EAGAIN: the call would have had to wait.</summary>
    public const int TryAgain = 11;

    /// <summary>EPIPE: the direction to the peer has ended, or the peer has closed the connection.</summary>
    public const int BrokenPipe = 32;

    internal const int Interrupted = 4;
    internal const int TooManyFilesInSystem = 23;
    internal const int TooManyFiles = 24;
    internal const int ConnectionAborted = 103;
    internal const int ConnectionReset = 104;
    internal const int NoBufferSpace = 105;
    internal const int InProgress = 115;
    private const int NetworkUnreachable = 101;
    private const int TimedOut = 110;
    private const int Refused = 111;
    private const int HostUnreachable = 113;

    /// <summary>The exception that Kestrel and HttpClient expect of a stream whose connection is broken.</summary>
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
        // .NET's own text names the limit of the whole system for both errors, but one of them is the limit of the process.
        TooManyFiles or TooManyFilesInSystem => new SocketException((int)SocketError.TooManyOpenSockets, new Win32Exception(error).Message),
        NoBufferSpace => new SocketException((int)SocketError.NoBufferSpaceAvailable),
        _ => new SocketException((int)SocketError.SocketError, new Win32Exception(error).Message),
    };
}
