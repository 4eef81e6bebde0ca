using System.Net;
using System.Runtime.CompilerServices;
using Proxy.Configuration;

namespace Proxy.Requests;

/// <summary>Says whether a peer is a proxy whose X-Forwarded-* count.</summary>
internal sealed class TrustedProxies
{
    // Networks are parsed once per configuration.
    private readonly ConditionalWeakTable<TrustedProxyOptions, IPNetwork[]> _networks = [];

    /// <summary>Looks at the peer, and takes the client's address from a trusted one.</summary>
    /// <returns>Whether the peer's X-Forwarded-* are kept.</returns>
    public bool Admit(HttpContext context, TrustedProxyOptions options)
    {
        var networks = _networks.GetValue(options, static o => [.. o.TrustedProxies.Select(IPNetwork.Parse)]);
        if (context.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped)
        {
            context.Connection.RemoteIpAddress = mapped.MapToIPv4(); // done once, because each reader of the other form would allocate this one
        }

        var peer = context.PeerAddress();
        if (peer is null ? networks.Length == 0 : !IsTrusted(peer, networks))
        {
            return false;
        }

        if (context.Request.Headers["X-Forwarded-For"] is { Count: > 0 } chain && LastUntrusted(chain.ToString(), networks, out var position) is { } client)
        {
            context.SetClientAddress(client, position);
        }

        return true;
    }

    // From the right: each trusted proxy vouches for the entry to its left. The first that is not a trusted proxy is the client.
    private static IPAddress? LastUntrusted(ReadOnlySpan<char> chain, IPNetwork[] networks, out int position)
    {
        IPAddress? last = null;
        position = -1;
        while (!chain.IsEmpty)
        {
            var comma = chain.LastIndexOf(',');
            var entry = chain[(comma + 1)..].Trim();
            chain = comma < 0 ? [] : chain[..comma];
            if (!TryParse(entry, out var address))
            {
                return last;
            }

            last = address;
            position++;
            if (!IsTrusted(address, networks))
            {
                return last;
            }
        }

        return last;
    }

    private static bool TryParse(ReadOnlySpan<char> entry, out IPAddress address)
    {
        // An entry may carry a port: "203.0.113.7:5000" or "[2001:db8::1]:5000".
        if (IPEndPoint.TryParse(entry, out var endpoint))
        {
            address = endpoint.Address.IsIPv4MappedToIPv6 ? endpoint.Address.MapToIPv4() : endpoint.Address;
            return true;
        }

        address = IPAddress.None;
        return false;
    }

    private static bool IsTrusted(IPAddress address, IPNetwork[] networks)
    {
        foreach (var network in networks)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }
}
