namespace Proxy.Nginx.Model;

/// <summary>A <c>server</c> of an upstream that is not <c>down</c>.</summary>
/// <param name="Address">Host and port.</param>
/// <param name="Weight">Its share.</param>
/// <param name="MaxConnections">How many it may have; 0: any number.</param>
/// <param name="IsBackup">Whether it stands in for the others.</param>
internal sealed record NginxPeer(string Address, int Weight, int MaxConnections, bool IsBackup);
