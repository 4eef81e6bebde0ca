using System.Text.Json;

namespace Proxy.Forwarding.Tunnels;

/// <summary>Learns from a WebSocket's first messages which SignalR hub protocol it speaks, and whether it stands between two hub messages.</summary>
/// <remarks>Source: SignalR's HubProtocol.md: a handshake request in JSON ended by 0x1E, answered in kind; then messages ended by 0x1E, or prefixed by
/// their length as a variable-length integer. Anything else is no SignalR, and nothing is put into it.</remarks>
internal struct HubProtocolSniffer
{
    private const byte RecordSeparator = 0x1E;
    private const int MaxHandshakeBytes = 256;

    /// <summary><c>{"type":7,"allowReconnect":true}</c>, a text frame.</summary>
    private static readonly byte[] JsonClose = [0x81, 33, .. "{\"type\":7,\"allowReconnect\":true}\u001e"u8];

    /// <summary>[7, nil, true] behind its length, a binary frame.</summary>
    private static readonly byte[] MessagePackClose = [0x82, 5, 4, 0x93, 7, 0xC0, 0xC3];

    private byte[]? _handshake;
    private int _handshakeLength;
    private bool _isRequestRead;
    private bool _isAnswered;
    private bool _isJson;
    private bool _isMessagePack;
    private byte _lastByte;
    private long _messageLeft;
    private int _lengthShift;

    /// <summary>The frame that tells the client to reconnect, or nothing where none can be put in now.</summary>
    public readonly ReadOnlySpan<byte> CloseFrame
    {
        get
        {
            if (!_isAnswered)
            {
                return [];
            }

            return _isJson && _lastByte == RecordSeparator ? JsonClose
                : _isMessagePack && _messageLeft == 0 && _lengthShift == 0 ? MessagePackClose
                : [];
        }
    }

    /// <summary>Data from the client, still masked.</summary>
    public void FromClient(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> mask, long offset)
    {
        if (_isRequestRead || mask.IsEmpty)
        {
            return;
        }

        _handshake ??= new byte[MaxHandshakeBytes];
        for (var i = 0; i < payload.Length; i++)
        {
            var octet = (byte)(payload[i] ^ mask[(int)((offset + i) & 3)]);
            if (octet == RecordSeparator || _handshakeLength == MaxHandshakeBytes)
            {
                ReadRequest();
                return;
            }

            _handshake[_handshakeLength++] = octet;
        }
    }

    /// <summary>Data from the node.</summary>
    public void FromNode(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
        {
            return;
        }

        _lastByte = payload[^1];
        if (!_isAnswered)
        {
            // The answer to the handshake is JSON in either protocol; what follows it in the same payload is not.
            var end = payload.IndexOf(RecordSeparator);
            if (end < 0)
            {
                return;
            }

            _isAnswered = _isRequestRead;
            payload = payload[(end + 1)..];
        }

        if (_isMessagePack)
        {
            FollowLengths(payload);
        }
    }

    private void FollowLengths(ReadOnlySpan<byte> payload)
    {
        while (!payload.IsEmpty)
        {
            if (_messageLeft > 0 && _lengthShift == 0)
            {
                var taken = (int)Math.Min(_messageLeft, payload.Length);
                _messageLeft -= taken;
                payload = payload[taken..];
                continue;
            }

            _messageLeft |= (long)(payload[0] & 0x7F) << _lengthShift;
            _lengthShift = (payload[0] & 0x80) != 0 && _lengthShift < 28 ? _lengthShift + 7 : 0;
            payload = payload[1..];
        }
    }

    private void ReadRequest()
    {
        _isRequestRead = true;
        try
        {
            using var request = JsonDocument.Parse(_handshake.AsMemory(0, _handshakeLength));
            var protocol = request.RootElement.TryGetProperty("protocol", out var name) ? name.GetString() : null;
            _isJson = protocol is "json";
            _isMessagePack = protocol is "messagepack" or "blazorpack";
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not SignalR.
        }

        _handshake = null;
    }
}
