using System.IO.Compression;
using Microsoft.Net.Http.Headers;

namespace Proxy.Requests;

/// <summary>Content codings (RFC 9110 8.4.1) of answers that the gateway reads: a node, or what stands in front of it, may compress what it was asked to
/// leave plain.</summary>
internal static class ContentCodings
{
    /// <summary>Codings of one answer that are undone at the most.</summary>
    private const int MaxCodings = 4;

    /// <summary>The codings of an answer in the order in which they were applied; empty: its body is plain.</summary>
    public static IReadOnlyList<string> Of(HttpContent content)
    {
        if (!content.Headers.NonValidated.TryGetValues(HeaderNames.ContentEncoding, out var values))
        {
            return [];
        }

        return
        [
            .. values.SelectMany(static value => value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                .Where(static coding => !coding.Equals("identity", StringComparison.OrdinalIgnoreCase)),
        ];
    }

    /// <summary>Undoes the codings of a body.</summary>
    /// <param name="codings">What <see cref="Of"/> has said.</param>
    /// <param name="body">The whole body as it came.</param>
    /// <param name="limit">Bytes that it may have when a coding is undone: of a small body that becomes a large one no more is made.</param>
    /// <returns><see langword="null"/>: a coding is not known, the body is broken, or it is larger than the limit.</returns>
    public static byte[]? Decode(IReadOnlyList<string> codings, byte[] body, int limit)
    {
        if (codings.Count > MaxCodings)
        {
            return null;
        }

        byte[]? decoded = body;
        for (var i = codings.Count - 1; i >= 0 && decoded is not null; i--)
        {
            decoded = Decode(codings[i], decoded, limit);
        }

        return decoded;
    }

    // .NET 10 reads no zstd.
    private static byte[]? Decode(string coding, byte[] body, int limit) => coding.ToUpperInvariant() switch
    {
        "GZIP" or "X-GZIP" => Read(new GZipStream(new MemoryStream(body), CompressionMode.Decompress), limit),
        "BR" => Read(new BrotliStream(new MemoryStream(body), CompressionMode.Decompress), limit),

        // It is deflate data in a zlib wrapping, but some servers leave that out, and clients read both.
        "DEFLATE" => Read(new ZLibStream(new MemoryStream(body), CompressionMode.Decompress), limit)
            ?? Read(new DeflateStream(new MemoryStream(body), CompressionMode.Decompress), limit),
        _ => null,
    };

    private static byte[]? Read(Stream decoder, int limit)
    {
        using (decoder)
        {
            var buffer = new byte[limit + 1];
            try
            {
                var length = decoder.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
                return length <= limit ? buffer[..length] : null;
            }
            catch (Exception e) when (e is InvalidDataException or InvalidOperationException or IOException)
            {
                return null; // InvalidOperationException: broken brotli
            }
        }
    }
}
