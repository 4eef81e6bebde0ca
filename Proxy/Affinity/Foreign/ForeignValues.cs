using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Proxy.Configuration;

namespace Proxy.Affinity.Foreign;

/// <summary>The cookie values by which other proxies name a node.</summary>
internal static class ForeignValues
{
    private const int TraefikDigits = 16;

    /// <summary>Every value that a proxy may have written for a node.</summary>
    /// <param name="kind">The proxy.</param>
    /// <param name="name">The node's name there, one of <see cref="ForeignNames"/>.</param>
    /// <param name="key">HAProxy's <c>dynamic-cookie-key</c>.</param>
    public static string[] Of(ForeignCookieKind kind, string name, string? key) => kind switch
    {
        ForeignCookieKind.Nginx => [Nginx(name)],
        ForeignCookieKind.HaproxyDynamic => [HaproxyDynamic(key ?? "", IPEndPoint.Parse(name))],
        ForeignCookieKind.Traefik => Traefik(name),
        ForeignCookieKind.YarpHash => [Hex(XxHash64.HashToUInt64(Encoding.Unicode.GetBytes(name)))],
        ForeignCookieKind.Arr => [Convert.ToHexString(SHA256.HashData(Encoding.Unicode.GetBytes(name)))],
        _ => [name],
    };

#pragma warning disable CA5351 // nginx has chosen MD5; nothing is protected by it
    private static string Nginx(string peer) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(peer)));
#pragma warning restore CA5351

    // The port takes four bytes, as the int that it is in HAProxy.
    private static string HaproxyDynamic(string key, IPEndPoint server)
    {
        var port = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(port, server.Port);
        return Hex(XxHash64.HashToUInt64([.. Encoding.UTF8.GetBytes(key), .. server.Address.GetAddressBytes(), .. port]));
    }

    // From the newest to the oldest version; Traefik itself reads all of them.
    private static string[] Traefik(string url)
    {
        var once = Fnv1(url);
        return [Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url)))[..TraefikDigits], once, Fnv1(once), url];
    }

    /// <summary>FNV-1 of 64 bits (http://www.isthe.com/chongo/tech/comp/fnv), in hexadecimal digits without leading zeros.</summary>
    private static string Fnv1(string text)
    {
        const ulong offset = 14695981039346656037;
        const ulong prime = 1099511628211;
        var hash = offset;
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            hash = unchecked(hash * prime) ^ octet;
        }

        return hash.ToString("x", CultureInfo.InvariantCulture);
    }

    private static string Hex(ulong hash) => hash.ToString("x16", CultureInfo.InvariantCulture);
}
