namespace Proxy.Nginx.Model;

/// <summary>A literal or a variable; one of the two is given.</summary>
internal readonly record struct NginxTextPart(string? Literal, NginxVariable? Variable);
