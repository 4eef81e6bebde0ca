namespace Proxy.Admin;

/// <summary><c>GET /healthz/live</c> and <c>GET /healthz/ready</c> with status 200.</summary>
/// <param name="Status"><c>live</c> or <c>ready</c>.</param>
internal sealed record HealthJson(string Status);

/// <summary>The same with status 503.</summary>
/// <param name="Status"><c>unavailable</c>.</param>
/// <param name="Reason"><c>shutting down</c>, <c>warming up</c> or <c>no node online</c>.</param>
internal sealed record UnavailableJson(string Status, string Reason);
