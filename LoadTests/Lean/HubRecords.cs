namespace LoadTests.Lean;

/// <summary>Finds the messages of SignalR's JSON protocol in a stream that comes in parts, and the type of each.</summary>
/// <remarks>Servers write the type first; nothing else is looked at.</remarks>
internal struct HubRecords
{
    public const byte Separator = 0x1E;
    public const byte StreamItem = (byte)'2';
    public const byte Completion = (byte)'3';
    public const byte Ping = (byte)'6';

    /// <summary>Of a record without a type: a good answer to a handshake is <c>{}</c>, a bad one has an error.</summary>
    public const byte Untyped = 0;

    private const int TypeAt = 8; // {"type":3

    private byte _type;
    private int _length;

    /// <summary>The type of a whole message.</summary>
    public static byte TypeOf(ReadOnlySpan<byte> message) => message.Length > TypeAt ? message[TypeAt] : Untyped;

    /// <summary>Goes on to the end of a record, and takes what it has read off; false when the rest of the record is still to come.</summary>
    public bool Next(ref ReadOnlySpan<byte> part, out byte type)
    {
        var end = part.IndexOf(Separator);
        var taken = end < 0 ? part.Length : end;
        var offset = TypeAt - _length;
        if (offset >= 0 && offset < taken)
        {
            _type = part[offset];
        }

        _length += taken;
        part = part[(end < 0 ? taken : taken + 1)..];
        type = _type;
        if (end >= 0)
        {
            _type = Untyped;
            _length = 0;
        }

        return end >= 0;
    }
}
