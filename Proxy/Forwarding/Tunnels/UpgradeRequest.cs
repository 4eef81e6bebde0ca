using System.Buffers;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace Proxy.Forwarding.Tunnels;

/// <summary>Writes the head of a WebSocket handshake as HTTP/1.1 (RFC 9112 3), as HttpClient would.</summary>
internal static class UpgradeRequest
{
    /// <param name="request">A GET without a body, with its address.</param>
    /// <param name="output">Gets the bytes.</param>
    /// <exception cref="HttpRequestException">A field, made by a transform, would begin a line of its own.</exception>
    public static void Write(HttpRequestMessage request, IBufferWriter<byte> output)
    {
        var target = request.RequestUri!;
        Write("GET ", output);
        WriteWithoutLineEnd(target.PathAndQuery, output);
        Write(" HTTP/1.1\r\n", output);
        if (request.Headers.Host is null)
        {
            var host = target.HostNameType is UriHostNameType.IPv6 ? $"[{target.IdnHost}]" : target.IdnHost;
            WriteField(HeaderNames.Host, target.IsDefaultPort ? host : $"{host}:{target.Port}", output);
        }

        foreach (var (name, values) in request.Headers.NonValidated)
        {
            WriteField(name, values.Count == 1 ? values.ToString() : string.Join(Separator(name), values), output);
        }

        Write("\r\n", output);
    }

    // HttpClient joins the values of a field in the same way; RFC 9110 5.3, and RFC 6265 5.4 for cookies.
    private static string Separator(string name) =>
        name.Equals(HeaderNames.Cookie, StringComparison.OrdinalIgnoreCase) ? "; "
        : name.Equals(HeaderNames.UserAgent, StringComparison.OrdinalIgnoreCase) ? " "
        : ", ";

    private static void WriteField(string name, string value, IBufferWriter<byte> output)
    {
        WriteWithoutLineEnd(name, output);
        Write(": ", output);
        WriteWithoutLineEnd(value, output);
        Write("\r\n", output);
    }

    private static void WriteWithoutLineEnd(string text, IBufferWriter<byte> output)
    {
        if (text.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0)
        {
            throw new HttpRequestException(HttpRequestError.Unknown, "The request's target or a header field holds a line end.");
        }

        Write(text, output);
    }

    private static void Write(string text, IBufferWriter<byte> output)
    {
        var span = output.GetSpan(text.Length);
        output.Advance(Encoding.Latin1.GetBytes(text, span));
    }
}
