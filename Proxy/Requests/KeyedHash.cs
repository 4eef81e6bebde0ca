using System.Security.Cryptography;

namespace Proxy.Requests;

/// <summary>The hash that tags, cookies and entries of the shared store are made of.</summary>
internal static class KeyedHash
{
    /// <summary>Bytes of a hash.</summary>
    public const int Size = SHA256.HashSizeInBytes;

    /// <summary>Hashes a message: HMAC-SHA256 with a key, SHA-256 without one, so that replicas agree with no set-up.</summary>
    /// <param name="key">The key, or <see langword="null"/>.</param>
    /// <param name="message">The message.</param>
    /// <param name="hash">Receives <see cref="Size"/> bytes.</param>
    public static void Compute(byte[]? key, ReadOnlySpan<byte> message, Span<byte> hash)
    {
        if (key is null)
        {
            SHA256.HashData(message, hash);
        }
        else
        {
            HMACSHA256.HashData(key, message, hash);
        }
    }
}
