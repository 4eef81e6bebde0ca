namespace Proxy.Nginx.Model;

/// <summary><c>sticky cookie</c>, with values as <c>Gateway:Affinity:Cookie</c> has them.</summary>
/// <param name="Name">The name of the cookie.</param>
/// <param name="Settings">What else is given, by key.</param>
internal sealed record NginxStickyCookie(string Name, IReadOnlyDictionary<string, string> Settings);
