using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Proxy.Forwarding.Tunnels;

/// <summary>Follows one direction of a WebSocket by its frames' headers (RFC 6455 5.2); payloads are only counted.</summary>
internal struct FrameTracker
{
    private const int MaxHeaderBytes = 14;
    private const byte FinalFragment = 0x80;
    private const byte OpcodeBits = 0x0F;
    private const byte FirstControlOpcode = 0x8;
    private const byte CloseOpcode = 0x8;
    private const byte MaskBit = 0x80;

    // The header that is being read: its bytes so far, and how many it will have.
    private Header _header;
    private int _headerRead;
    private int _headerLength;
    private long _payloadLeft;
    private long _payloadRead;
    private bool _isInMessage;
    private bool _isData;
    private bool _isFinal;

    public FrameTracker()
    {
        _headerLength = 2;
    }

    /// <summary>Whole messages that have passed.</summary>
    public long Messages { get; private set; }

    /// <summary>A close frame has passed.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Nothing has passed, or the last byte that passed ended a frame, and no fragmented message is open. Another frame may be put in here.</summary>
    public readonly bool IsAtBoundary => _headerRead == 0 && _payloadLeft == 0 && !_isInMessage;

    /// <summary>Where the payload that passed last stands in its frame; the masking key turns with it.</summary>
    public long PayloadOffset { get; private set; }

    /// <summary>Takes in bytes up to the end of a frame or of a piece of payload, whichever comes first.</summary>
    /// <param name="bytes">What passes; not empty.</param>
    /// <param name="payload">The data payload among the consumed bytes; a control frame's payload is not data.</param>
    /// <returns>How many bytes were consumed, at least 1.</returns>
    public int Read(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> payload)
    {
        payload = [];
        var at = 0;
        while (_payloadLeft == 0 && at < bytes.Length)
        {
            _header[_headerRead++] = bytes[at++];
            if (_headerRead == 2)
            {
                _headerLength = 2 + ((_header[1] & 0x7F) switch { 126 => 2, 127 => 8, _ => 0 }) + ((_header[1] & MaskBit) != 0 ? 4 : 0);
            }

            if (_headerRead >= 2 && _headerRead == _headerLength)
            {
                BeginFrame();
                if (_payloadLeft == 0)
                {
                    EndFrame();
                    return at;
                }
            }
        }

        var taken = (int)Math.Min(_payloadLeft, bytes.Length - at);
        if (taken > 0)
        {
            payload = _isData ? bytes.Slice(at, taken) : payload;
            PayloadOffset = _payloadRead;
            _payloadRead += taken;
            _payloadLeft -= taken;
            if (_payloadLeft == 0)
            {
                EndFrame();
            }
        }

        return at + taken;
    }

    /// <summary>The masking key of the frame that is passing, when it has one.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Mask =>
        _headerLength >= 6 && (_header[1] & MaskBit) != 0 ? ((ReadOnlySpan<byte>)_header).Slice(_headerLength - 4, 4) : [];

    private void BeginFrame()
    {
        var opcode = (byte)(_header[0] & OpcodeBits);
        _isFinal = (_header[0] & FinalFragment) != 0;
        _isData = opcode < FirstControlOpcode;
        _isInMessage |= _isData;
        IsClosed |= opcode == CloseOpcode;
        _payloadLeft = (_header[1] & 0x7F) switch
        {
            126 => (_header[2] << 8) | _header[3],
            127 => (long)(BinaryPrimitives.ReadUInt64BigEndian(_header[2..]) & long.MaxValue),
            var length => length,
        };
        _payloadRead = 0;
        _headerRead = 0;
    }

    private void EndFrame()
    {
        if (_isData && _isFinal)
        {
            _isInMessage = false;
            Messages++;
        }
    }

    // In the tracker itself: two of them live as long as each connection.
    [InlineArray(MaxHeaderBytes)]
    private struct Header
    {
        private byte _first;
    }
}
