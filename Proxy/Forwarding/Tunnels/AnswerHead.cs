using System.Buffers.Text;
using System.Net;
using System.Text;

namespace Proxy.Forwarding.Tunnels;

/// <summary>Reads the head of a node's answer to a WebSocket handshake (RFC 9112 4 and 5); anything but 101 is read by HttpClient instead.</summary>
internal static class AnswerHead
{
    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    private static ReadOnlySpan<byte> HeadEnd => "\r\n\r\n"u8;

    /// <summary>How long the head is, with the empty line that ends it; 0 when it is not complete.</summary>
    public static int Length(ReadOnlySpan<byte> bytes) => bytes.IndexOf(HeadEnd) is >= 0 and var end ? end + HeadEnd.Length : 0;

    /// <summary>The status in the first line; 0 when that is no answer of HTTP/1.1.</summary>
    public static int Status(ReadOnlySpan<byte> head) =>
        head.Length >= 12
            && head.StartsWith("HTTP/1.1 "u8)
            && Utf8Parser.TryParse(head.Slice(9, 3), out int status, out var used) && used == 3
            && head[12..] is [(byte)' ' or (byte)'\r', ..]
                ? status
                : 0;

    /// <summary>A 101 as HttpClient would give it.</summary>
    /// <param name="head">The whole head.</param>
    /// <exception cref="HttpRequestException">It is malformed.</exception>
    public static HttpResponseMessage Parse(ReadOnlySpan<byte> head)
    {
        var answer = new HttpResponseMessage(HttpStatusCode.SwitchingProtocols) { Version = HttpVersion.Version11 };
        var lineEnd = head.IndexOf(LineEnd);
        var reason = head[Math.Min(13, lineEnd)..lineEnd];
        if (reason.ContainsAny((byte)'\r', (byte)'\n', (byte)0))
        {
            throw new HttpRequestException(HttpRequestError.InvalidResponse, "The answer's reason phrase is malformed.");
        }

        answer.ReasonPhrase = reason.SequenceEqual("Switching Protocols"u8) ? "Switching Protocols" : Encoding.Latin1.GetString(reason);
        for (var rest = head[(lineEnd + 2)..]; !rest.StartsWith(LineEnd);)
        {
            var line = rest[..rest.IndexOf(LineEnd)];
            var colon = line.IndexOf((byte)':');
            if (colon <= 0 || line.ContainsAny((byte)'\r', (byte)'\n', (byte)0) || line[..colon].ContainsAny((byte)' ', (byte)'\t'))
            {
                throw new HttpRequestException(HttpRequestError.InvalidResponse, "A header field of the answer is malformed.");
            }

            var name = Encoding.Latin1.GetString(line[..colon]);
            var value = Encoding.Latin1.GetString(line[(colon + 1)..].Trim(" \t"u8));
            if (!answer.Headers.TryAddWithoutValidation(name, value)
                && !answer.Content.Headers.TryAddWithoutValidation(name, value)) // such as Content-Length: HttpClient keeps it with the body
            {
                throw new HttpRequestException(HttpRequestError.InvalidResponse, "The name of a header field of the answer is malformed.");
            }

            rest = rest[(line.Length + 2)..];
        }

        return answer;
    }
}
