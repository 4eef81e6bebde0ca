using System.Buffers.Text;
using System.Text;

namespace LoadTests.Lean;

/// <summary>What a lean client or node heeds of the head of a message.</summary>
/// <param name="Size">Bytes, with the empty line.</param>
/// <param name="StartLine">The first line.</param>
/// <param name="ContentLength">-1 without the header.</param>
/// <param name="IsChunked">Whether the body comes in chunks.</param>
/// <param name="Closes">Whether the connection ends with this message.</param>
/// <param name="Cookies">Names and values of Set-Cookie headers, as a Cookie header has them.</param>
/// <param name="WebSocketKey">Of an upgrade to a WebSocket.</param>
/// <param name="AcceptsEvents">Whether the client asked for an event stream.</param>
internal sealed record HttpHead(
    int Size, string StartLine, long ContentLength, bool IsChunked, bool Closes, string? Cookies, string? WebSocketKey, bool AcceptsEvents)
{
    /// <summary>Of an answer.</summary>
    public int Status => int.Parse(StartLine.AsSpan("HTTP/1.1 ".Length, 3));

    /// <summary>Null while the empty line has not come.</summary>
    public static HttpHead? TryRead(ReadOnlySpan<byte> received)
    {
        var end = received.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return null;
        }

        var lines = received[..(end + 2)];
        var first = lines.IndexOf("\r\n"u8);
        var head = new HttpHead(end + 4, Encoding.Latin1.GetString(lines[..first]), -1, IsChunked: false, Closes: false, null, null, AcceptsEvents: false);
        for (lines = lines[(first + 2)..]; lines.Length > 0;)
        {
            var length = lines.IndexOf("\r\n"u8);
            var line = lines[..length];
            lines = lines[(length + 2)..];
            if (line.IndexOf((byte)':') is > 0 and var colon)
            {
                head = head.With(line[..colon], line[(colon + 1)..].Trim((byte)' '));
            }
        }

        return head;
    }

    private HttpHead With(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => name.Length switch
    {
        6 when Is(name, "accept"u8) => this with { AcceptsEvents = value.IndexOf("text/event-stream"u8) >= 0 },
        10 when Is(name, "connection"u8) => this with { Closes = Is(value, "close"u8) },
        10 when Is(name, "set-cookie"u8) => this with { Cookies = Join(Cookies, value) },
        14 when Is(name, "content-length"u8) => this with { ContentLength = Utf8Parser.TryParse(value, out long length, out _) ? length : -1 },
        17 when Is(name, "transfer-encoding"u8) => this with { IsChunked = Is(value, "chunked"u8) },
        17 when Is(name, "sec-websocket-key"u8) => this with { WebSocketKey = Encoding.ASCII.GetString(value) },
        _ => this,
    };

    private static string Join(string? cookies, ReadOnlySpan<byte> value)
    {
        var end = value.IndexOf((byte)';');
        var pair = Encoding.Latin1.GetString(end < 0 ? value : value[..end]);
        return cookies is null ? pair : cookies + "; " + pair;
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lowerCase) => Ascii.EqualsIgnoreCase(text, lowerCase);
}
