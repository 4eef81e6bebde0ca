using System.Net;

namespace Proxy.Nginx.Model;

/// <summary>An address that servers listen on.</summary>
/// <param name="address">The address; <see cref="IPAddress.Any"/> and <see cref="IPAddress.IPv6Any"/> stand for all.</param>
/// <param name="port">The port.</param>
internal sealed class NginxListen(IPAddress address, int port)
{
    public IPAddress Address => address;

    public int Port => port;

    public bool IsTls { get; set; }

    public bool HasHttp2 { get; set; }

    /// <summary>Answers requests for a host that no server has.</summary>
    public NginxServer? Default { get; set; }

    /// <summary>In the order of the configuration.</summary>
    public List<NginxServer> Servers { get; } = [];

    /// <summary>Whether connections to a local address belong here.</summary>
    public bool Takes(IPAddress? local, int localPort) => port == localPort
        && (address.Equals(IPAddress.Any) ? local is null || local.AddressFamily is System.Net.Sockets.AddressFamily.InterNetwork
            : address.Equals(IPAddress.IPv6Any) ? local is null || local.AddressFamily is System.Net.Sockets.AddressFamily.InterNetworkV6
            : address.Equals(local));

    /// <summary>The server that answers for a host: by its exact name, the longest wildcard in front, the longest behind, the first expression.</summary>
    public NginxServer Find(string host)
    {
        NginxServer? found = null;
        var rank = 0;
        foreach (var server in Servers)
        {
            foreach (var name in server.Names)
            {
                if (Rank(name, host) is var own && own > rank)
                {
                    (found, rank) = (server, own);
                }
            }
        }

        return found ?? Servers.Find(server => server.Expressions.Any(expression => expression.IsMatch(host))) ?? Default ?? Servers[0];
    }

    private static int Rank(string name, string host)
    {
        const int exact = 1 << 20;
        const int front = 1 << 10;
        return name == host ? exact
            : host.Length < name.Length ? 0
            : name.StartsWith("*.", StringComparison.Ordinal) && host.EndsWith(name[1..], StringComparison.Ordinal) ? front + name.Length
            : name.EndsWith(".*", StringComparison.Ordinal) && host.StartsWith(name[..^1], StringComparison.Ordinal) ? name.Length
            : 0;
    }
}
