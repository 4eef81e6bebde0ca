using System.Net;

namespace HubNode;

/// <summary>The request before the forwarded headers were applied and removed.</summary>
internal sealed record ReceivedRequest(IPAddress? Peer, IReadOnlyDictionary<string, string[]> Headers)
{
    public static ReceivedRequest Of(HttpContext context) => new(
        context.Connection.RemoteIpAddress,
        context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.Select(v => v ?? "").ToArray(), StringComparer.OrdinalIgnoreCase));
}
