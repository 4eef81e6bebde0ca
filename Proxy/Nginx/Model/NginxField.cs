namespace Proxy.Nginx.Model;

/// <summary>A header field that the configuration sets.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value; where it comes out empty there is no such field.</param>
/// <param name="IsAlways">For <c>add_header</c>: whatever the status is.</param>
internal sealed record NginxField(string Name, NginxText Value, bool IsAlways = false);
