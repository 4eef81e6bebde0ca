namespace Proxy.Nginx.Model;

/// <summary>A <c>proxy_pass</c> with what belongs to it.</summary>
/// <param name="ClusterId">The cluster of the upstream or of the address.</param>
/// <param name="Host">The upstream as written, without a default port (<c>$proxy_host</c>).</param>
/// <param name="Port">The port of the address, 80 where none is written (<c>$proxy_port</c>).</param>
/// <param name="Path">What takes the place of the location's name; <see langword="null"/>: the target goes on as it came.</param>
/// <param name="Fields">What <c>proxy_set_header</c> sets.</param>
/// <param name="Hidden">What <c>proxy_hide_header</c> takes out of answers.</param>
/// <param name="AllowsUpgrade">Whether HTTP/1.1 is spoken to the nodes, which WebSockets need.</param>
/// <param name="RedirectFrom">How the <c>Location</c> of an answer begins that is changed; <see langword="null"/>: none is.</param>
/// <param name="RedirectTo">What stands there then.</param>
internal sealed record NginxProxy(
    string ClusterId, string Host, int Port, string? Path, IReadOnlyList<NginxField> Fields, IReadOnlyList<string> Hidden, bool AllowsUpgrade,
    string? RedirectFrom, string RedirectTo);
