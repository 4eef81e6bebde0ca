using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;

namespace EventLoops;

/// <summary>Opens TCP connections on an event loop.</summary>
[SupportedOSPlatform("linux")]
public static class Connector
{
    /// <summary>Connects to a host. The addresses of a name are tried one after another until one accepts.</summary>
    /// <param name="loop">The loop of the new socket.</param>
    /// <param name="host">A name, or an IPv4 or IPv6 address.</param>
    /// <param name="port">The port, 1 to 65535.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The connected socket, without Nagle's delay.</returns>
    /// <exception cref="SocketException">The name is not known, or no address accepts; the error is that of the last address.</exception>
    public static async ValueTask<LoopSocket> ConnectAsync(EventLoop loop, string host, int port, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var address))
        {
            return await ConnectAttempt.ConnectAsync(loop, new IPEndPoint(address, port), cancellationToken);
        }

        var addresses = await Dns.GetHostAddressesAsync(host, cancellationToken);
        for (var i = 0; i < addresses.Length - 1; i++)
        {
            try
            {
                return await ConnectAttempt.ConnectAsync(loop, new IPEndPoint(addresses[i], port), cancellationToken);
            }
            catch (SocketException)
            {
                // The next address may accept.
            }
        }

        return addresses is [.., var last]
            ? await ConnectAttempt.ConnectAsync(loop, new IPEndPoint(last, port), cancellationToken)
            : throw new SocketException((int)SocketError.NoData);
    }
}
