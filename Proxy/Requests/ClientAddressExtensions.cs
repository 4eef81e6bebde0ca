using System.Net;

namespace Proxy.Requests;

/// <summary>The address of the client: the one that trusted proxies name, else that of the peer.</summary>
internal static class ClientAddressExtensions
{
    private static readonly object AddressKey = new();
    private static readonly object PositionKey = new();

    /// <summary>Set once per request by the forwarded-headers rules; without them the peer's own address. IPv4 is never in its IPv6-mapped form.</summary>
    public static IPAddress? ClientAddress(this HttpContext context) =>
        context.Items.TryGetValue(AddressKey, out var address) ? (IPAddress?)address : context.PeerAddress();

    /// <summary>Address at the other end of the connection.</summary>
    public static IPAddress? PeerAddress(this HttpContext context) =>
        context.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : context.Connection.RemoteIpAddress;

    /// <summary>How many entries of X-Forwarded-For stand to the right of the client's own.</summary>
    public static int ClientPosition(this HttpContext context) => context.Items.TryGetValue(PositionKey, out var position) ? (int)position! : 0;

    public static void SetClientAddress(this HttpContext context, IPAddress address, int position = 0)
    {
        context.Items[AddressKey] = address;
        if (position > 0)
        {
            context.Items[PositionKey] = position;
        }
    }
}
