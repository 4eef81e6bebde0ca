namespace LoadTests.Lean;

/// <summary>A hub connection over a WebSocket.</summary>
internal sealed class LeanWebSocket(LeanSocket socket) : ILeanTransport
{
    private static readonly byte[] Close = FrameHeader.Client(FrameHeader.Close, [0x03, 0xE8]); // 1000, normal

    private HubRecords _messages;
    private bool _closed;

    public byte[] Prepare(string message) => HubMessages.Frame(message);

    public ValueTask SendAsync(ReadOnlyMemory<byte> prepared, CancellationToken cancellationToken = default) => socket.SendAsync(prepared, cancellationToken);

    /// <summary>Reads one frame.</summary>
    public async ValueTask<bool> ReceiveAsync(Action<byte> onMessage, CancellationToken cancellationToken = default)
    {
        FrameHeader header;
        while (!FrameHeader.TryRead(socket.Received, out header))
        {
            if (_closed || !await socket.FillAsync(cancellationToken))
            {
                return false;
            }
        }

        socket.Use(header.Size);
        for (var left = header.PayloadLength; left > 0;)
        {
            if (socket.Received.Length == 0 && !await socket.FillAsync(cancellationToken))
            {
                return false;
            }

            var count = (int)Math.Min(left, socket.Received.Length);
            if (header.OpCode < FrameHeader.Close)
            {
                Tell(socket.Received[..count], onMessage);
            }

            socket.Use(count);
            left -= count;
        }

        _closed = header.OpCode == FrameHeader.Close;
        return !_closed;
    }

    /// <summary>Says that it closes, and waits until the server has closed.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        await SendAsync(Close, cancellationToken);
        while (await ReceiveAsync(static _ => { }, cancellationToken))
        {
        }
    }

    public void Dispose() => socket.Dispose();

    private void Tell(ReadOnlySpan<byte> part, Action<byte> onMessage)
    {
        while (_messages.Next(ref part, out var type))
        {
            onMessage(type);
        }
    }
}
