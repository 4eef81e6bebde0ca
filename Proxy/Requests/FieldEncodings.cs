using System.Text;
using Microsoft.Net.Http.Headers;
using Proxy.Configuration;

namespace Proxy.Requests;

/// <summary>How Kestrel reads the fields of requests. It asks with each field's name, and so these encodings see names and values as they came.</summary>
/// <remarks>Bytes above ASCII pass unchanged as Latin-1. Where RFC 9110 forbids what Kestrel takes, the reading fails, and Kestrel answers with 400.</remarks>
internal static class FieldEncodings
{
    private static readonly DigitsEncoding Digits = new();
    private static readonly ConnectionFieldEncoding Connection = new();

    /// <summary>The encoding for the value of a field (<c>KestrelServerOptions.RequestHeaderEncodingSelector</c>).</summary>
    /// <param name="name">The field's name.</param>
    /// <exception cref="BadHttpRequestException">The name is not a token (RFC 9110, section 5.1). Kestrel refuses the request.</exception>
    public static Encoding Select(string name)
    {
        if (string.Equals(name, HeaderNames.ContentLength, StringComparison.OrdinalIgnoreCase))
        {
            return Digits;
        }

        if (string.Equals(name, HeaderNames.Connection, StringComparison.OrdinalIgnoreCase))
        {
            return Connection;
        }

        // The pseudo fields of HTTP/2 begin with a colon; in HTTP/1.1 no name can.
        return Tokens.IsToken(name.AsSpan().TrimStart(':')) ? Encoding.Latin1 : throw new BadHttpRequestException("The name of a field is not a token.");
    }
}
