namespace LoadTests.Lean;

/// <summary>A WebSocket that speaks SignalR's JSON protocol.</summary>
internal sealed class LeanWebSocket(LeanSocket socket) : IDisposable
{
    private static readonly byte[] Handshake = HubMessages.Frame(HubMessages.Handshake);
    private static readonly byte[] Close = FrameHeader.Client(FrameHeader.Close, [0x03, 0xE8]); // 1000, normal

    private HubRecords _records;
    private bool _closed;

    /// <summary>Sends whole frames of a client.</summary>
    public ValueTask SendAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellationToken = default) => socket.SendAsync(frames, cancellationToken);

    public async Task ShakeHandsAsync(CancellationToken cancellationToken)
    {
        await SendAsync(Handshake, cancellationToken);
        byte? answer = null;
        while (answer is null)
        {
            if (!await ReceiveAsync(type => answer ??= type, cancellationToken))
            {
                throw new EndOfStreamException("The connection was closed in the handshake.");
            }
        }

        if (answer != HubRecords.Untyped)
        {
            throw new InvalidDataException("The hub refused the handshake.");
        }
    }

    /// <summary>Waits for the next frame, and tells of each record that ends in it; false at the end of the connection.</summary>
    public async ValueTask<bool> ReceiveAsync(Action<byte> onRecord, CancellationToken cancellationToken = default)
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
                Tell(socket.Received[..count], onRecord);
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

    private void Tell(ReadOnlySpan<byte> part, Action<byte> onRecord)
    {
        while (_records.Next(ref part, out var type))
        {
            onRecord(type);
        }
    }
}
