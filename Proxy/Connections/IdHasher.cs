using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Proxy.Requests;

namespace Proxy.Connections;

/// <summary>Turns ids into <see cref="IdKey"/>s. Keyed, so that a hash seen in a log or on a dashboard cannot be matched to a guessed id.</summary>
/// <remarks>The key is the first of <c>Affinity:Keys</c>, so that replicas show the same hash for one connection; without keys a random one.</remarks>
internal sealed class IdHasher
{
    private readonly byte[] _key;

    public IdHasher(string? key)
    {
        _key = key is null ? RandomNumberGenerator.GetBytes(32) : SHA256.HashData(Encoding.UTF8.GetBytes("id\0" + key));
    }

    /// <summary>Hash of an id given in UTF-8.</summary>
    public IdKey Hash(ReadOnlySpan<byte> id)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, id, hash);
        return new IdKey(BinaryPrimitives.ReadUInt64BigEndian(hash), BinaryPrimitives.ReadUInt64BigEndian(hash[8..]));
    }

    /// <summary>Hash of an id as it stands in a query.</summary>
    public IdKey HashQueryValue(ReadOnlySpan<char> rawValue)
    {
        var length = PercentEncoding.MaxDecodedLength(rawValue.Length);
        if (length <= 512)
        {
            Span<byte> buffer = stackalloc byte[length];
            return Hash(buffer[..PercentEncoding.Decode(rawValue, buffer)]);
        }

        var rented = ArrayPool<byte>.Shared.Rent(length);
        var key = Hash(rented.AsSpan(0, PercentEncoding.Decode(rawValue, rented)));
        ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        return key;
    }

    /// <summary>A key for a connection that has no id of its own.</summary>
    public static IdKey NewAnonymous()
    {
        Span<byte> random = stackalloc byte[16];
        RandomNumberGenerator.Fill(random);
        return new IdKey(BinaryPrimitives.ReadUInt64BigEndian(random), BinaryPrimitives.ReadUInt64BigEndian(random[8..]));
    }
}
