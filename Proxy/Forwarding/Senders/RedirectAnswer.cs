using System.Text.Json.Serialization;

namespace Proxy.Forwarding.Senders;

/// <summary>The answer to a negotiate that sends the client elsewhere (ASP.NET Core SignalR, TransportProtocols.md, "redirect response").</summary>
/// <param name="Url">Where the client negotiates again.</param>
/// <param name="AccessToken">What it shows there; <see langword="null"/>: its own.</param>
/// <param name="AvailableTransports">None: the node tells them.</param>
internal sealed record RedirectAnswer(
    string Url,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? AccessToken,
    IReadOnlyList<string> AvailableTransports);
