namespace Proxy.Admin;

/// <summary>Body of <c>POST /check</c>.</summary>
/// <param name="Url">Public address of a hub.</param>
/// <param name="Idle">As <c>hh:mm:ss</c>; 20 seconds when left out.</param>
/// <param name="AccessToken">When the hub asks for one.</param>
internal sealed record CheckRequest(string? Url, string? Idle, string? AccessToken);
