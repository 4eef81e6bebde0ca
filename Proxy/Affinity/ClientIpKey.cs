using System.Net.Sockets;
using Proxy.Requests;

namespace Proxy.Affinity;

/// <summary>What of a client's address counts, as in nginx's <c>ip_hash</c>: the first three octets of IPv4, the whole of IPv6.</summary>
internal static class ClientIpKey
{
    public static byte[] Of(HttpContext context)
    {
        var address = context.ClientAddress();
        if (address is null)
        {
            return []; // a Unix socket: all its clients are one
        }

        var bytes = address.GetAddressBytes();
        return address.AddressFamily is AddressFamily.InterNetwork ? bytes[..3] : bytes;
    }
}
