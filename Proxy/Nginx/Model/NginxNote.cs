namespace Proxy.Nginx.Model;

/// <summary>Something of the configuration that the gateway does by itself, or otherwise.</summary>
/// <param name="Text">The directive, its place, and what becomes of it.</param>
/// <param name="IsDifference">Whether clients can tell the difference.</param>
internal sealed record NginxNote(string Text, bool IsDifference);
