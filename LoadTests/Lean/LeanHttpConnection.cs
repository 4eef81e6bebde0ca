using System.Buffers;
using System.Buffers.Text;

namespace LoadTests.Lean;

/// <summary>One HTTP/1.1 connection that is kept alive; one request at a time.</summary>
internal sealed class LeanHttpConnection(LeanTarget target) : IDisposable
{
    private const int BufferSize = 2048;

    private readonly ArrayBufferWriter<byte> _body = new(256);
    private LeanSocket? _socket;
    private HttpHead? _head;
    private long _left; // of the body, or of its current chunk
    private bool _ended;

    /// <summary>What was read of the last answer's body and not cleared.</summary>
    public ReadOnlyMemory<byte> Body => _body.WrittenMemory;

    /// <summary>Sends a request and reads its whole answer, whatever its status.</summary>
    public async ValueTask<HttpHead> ExchangeAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        var head = await BeginAsync(request, cancellationToken);
        while (await ReadPartAsync(cancellationToken))
        {
        }

        if (head.Closes)
        {
            Disconnect();
        }

        return head;
    }

    /// <summary>Sends a request and reads the head of its answer.</summary>
    public async ValueTask<HttpHead> BeginAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        var socket = _socket ??= await LeanSocket.ConnectAsync(target.EndPoint, BufferSize, cancellationToken);
        await socket.SendAsync(request, cancellationToken);
        HttpHead? head;
        while ((head = HttpHead.TryRead(socket.Received)) is null)
        {
            await socket.FillOrThrowAsync(cancellationToken);
        }

        socket.Use(head.Size);
        _head = head;
        _body.ResetWrittenCount();
        _left = head.IsChunked ? 0 : Math.Max(0, head.ContentLength);
        _ended = head is { IsChunked: false, ContentLength: <= 0 };
        return head;
    }

    /// <summary>Adds to <see cref="Body"/> what comes next; false when there is no more.</summary>
    public async ValueTask<bool> ReadPartAsync(CancellationToken cancellationToken)
    {
        if (_ended)
        {
            return false;
        }

        if (_left == 0)
        {
            await ReadChunkHeadAsync(cancellationToken);
            if (_ended)
            {
                return false;
            }
        }

        if (_socket!.Received.Length == 0)
        {
            await _socket.FillOrThrowAsync(cancellationToken);
        }

        await TakeAsync(cancellationToken);
        return true;
    }

    /// <summary>Takes the first bytes of <see cref="Body"/> off, for an endless one.</summary>
    public void UseBody(int count)
    {
        var rest = _body.WrittenSpan[count..].ToArray(); // mostly empty
        _body.ResetWrittenCount();
        _body.Write(rest);
    }

    public void Dispose() => Disconnect();

    private async ValueTask TakeAsync(CancellationToken cancellationToken)
    {
        var count = (int)Math.Min(_left, _socket!.Received.Length);
        _body.Write(_socket.Received[..count]);
        _socket.Use(count);
        _left -= count;
        if (_left == 0)
        {
            _ended = !_head!.IsChunked;
            if (_head.IsChunked)
            {
                await SkipLineAsync(cancellationToken);
            }
        }
    }

    private async ValueTask ReadChunkHeadAsync(CancellationToken cancellationToken)
    {
        var length = await FindLineAsync(cancellationToken);
        if (!Utf8Parser.TryParse(_socket!.Received[..length], out _left, out _, 'x'))
        {
            throw new InvalidDataException("The size of a chunk cannot be read.");
        }

        _socket.Use(length + 2);
        if (_left == 0)
        {
            await SkipLineAsync(cancellationToken);
            _ended = true;
        }
    }

    private async ValueTask SkipLineAsync(CancellationToken cancellationToken) => _socket!.Use(await FindLineAsync(cancellationToken) + 2);

    private async ValueTask<int> FindLineAsync(CancellationToken cancellationToken)
    {
        int length;
        while ((length = _socket!.Received.IndexOf("\r\n"u8)) < 0)
        {
            await _socket.FillOrThrowAsync(cancellationToken);
        }

        return length;
    }

    private void Disconnect()
    {
        _socket?.Dispose();
        _socket = null;
    }
}
