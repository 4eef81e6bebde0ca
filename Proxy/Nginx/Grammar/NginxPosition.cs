namespace Proxy.Nginx.Grammar;

/// <summary>Where something stands in a configuration of nginx.</summary>
/// <param name="File">The file, as it was named.</param>
/// <param name="Line">The line, from 1.</param>
internal readonly record struct NginxPosition(string File, int Line)
{
    /// <summary>As nginx writes it: <c>FILE:LINE</c>.</summary>
    public override string ToString() => $"{File}:{Line}";
}
