namespace Proxy.Nginx.Model;

/// <summary>An <c>upstream</c>, or the address of a <c>proxy_pass</c>.</summary>
/// <param name="id">The name of its cluster.</param>
internal sealed class NginxUpstream(string id)
{
    public string Id => id;

    /// <summary>The name of a cluster or a node for an address: keys of the configuration cannot hold a colon.</summary>
    public static string IdOf(string address) => address.Replace(':', '-');

    /// <summary>As <c>Gateway:Router</c>.</summary>
    public string Router { get; set; } = "round-robin";

    public List<NginxPeer> Peers { get; } = [];

    public NginxStickyCookie? Sticky { get; set; }

    /// <summary>Limits of time of the locations that send requests here; <see langword="null"/> before there is one.</summary>
    public (TimeSpan Connect, TimeSpan Read)? Timeouts { get; set; }
}
