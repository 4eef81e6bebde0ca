using System.Net;
using System.Net.Sockets;

namespace LoadTests.Lean;

/// <summary>A TCP connection and what was received of it and not yet used. One reader; any number of senders, whose messages do not mix.</summary>
internal sealed class LeanSocket : IDisposable
{
    private readonly Socket _socket;
    private byte[] _buffer;
    private int _start;
    private int _end;

    /// <param name="socket">Connected.</param>
    /// <param name="bufferSize">Bytes of the first buffer; it grows when something does not fit.</param>
    public LeanSocket(Socket socket, int bufferSize)
    {
        _socket = socket;
        _socket.NoDelay = true;
        _buffer = new byte[bufferSize];
    }

    /// <summary>Received and not yet used; valid until the next <see cref="FillAsync"/>.</summary>
    public Span<byte> Received => _buffer.AsSpan(_start, _end - _start);

    public static async ValueTask<LeanSocket> ConnectAsync(IPEndPoint endPoint, int bufferSize, CancellationToken cancellationToken)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken);
            return new LeanSocket(socket, bufferSize);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Takes the first bytes of <see cref="Received"/> off.</summary>
    public void Use(int count) => _start += count;

    /// <summary>Waits for more; false at the end of the stream.</summary>
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken = default)
    {
        MakeRoom();
        var count = await _socket.ReceiveAsync(_buffer.AsMemory(_end), SocketFlags.None, cancellationToken);
        _end += count;
        return count > 0;
    }

    /// <summary>As <see cref="FillAsync"/>, but the end of the stream is an error.</summary>
    public async ValueTask FillOrThrowAsync(CancellationToken cancellationToken)
    {
        if (!await FillAsync(cancellationToken))
        {
            throw new EndOfStreamException("The connection was closed.");
        }
    }

    /// <summary>Sends all of it.</summary>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None, cancellationToken)..];
        }
    }

    public void Dispose() => _socket.Dispose();

    private void MakeRoom()
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }
        else if (_end == _buffer.Length && _start > 0)
        {
            Received.CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        else if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
    }
}
