namespace Proxy.Nginx.Model;

/// <summary>A configuration of nginx as the gateway runs it.</summary>
internal sealed class NginxModel
{
    public List<NginxListen> Listens { get; } = [];

    public Dictionary<string, NginxUpstream> Upstreams { get; } = new(StringComparer.OrdinalIgnoreCase);

    public Dictionary<NginxListen, List<NginxCertificate>> Certificates { get; } = [];

    /// <summary>How long a connection without a request is kept.</summary>
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(75);

    /// <summary>Whether a server has been read, whose time that is.</summary>
    public bool HasKeepAlive { get; set; }

    /// <summary>Directives that have no meaning here, or not the same one, each with its place.</summary>
    public List<NginxNote> Notes { get; } = [];

    /// <summary>The servers that listen at the local address of a connection.</summary>
    /// <remarks>Where <c>--urls</c> has another address than the configuration, the first one of the same scheme is meant.</remarks>
    public NginxListen ListenOf(ConnectionInfo connection, bool isTls)
    {
        var local = connection.LocalIpAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : connection.LocalIpAddress;
        return Listens.Find(listen => listen.Takes(local, connection.LocalPort)) ?? Listens.Find(listen => listen.IsTls == isTls) ?? Listens[0];
    }
}
