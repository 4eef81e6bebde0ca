namespace Proxy.Nginx.Model;

/// <summary>A <c>return</c>.</summary>
/// <param name="Status">The status; 444 ends the connection without an answer.</param>
/// <param name="Text">The body, or the address of a redirect; <see langword="null"/>: none is given.</param>
internal sealed record NginxReturn(int Status, NginxText? Text)
{
    public bool IsRedirect => Status is 301 or 302 or 303 or 307 or 308;
}
