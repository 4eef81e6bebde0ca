using Microsoft.AspNetCore.Http.Connections;

namespace LoadTests.Connections;

/// <summary>A successful negotiate.</summary>
/// <param name="HubUrl">Where it was answered, after redirects.</param>
/// <param name="AccessToken">Bearer token for what follows: the application's or the last redirect's.</param>
/// <param name="Response">The answer.</param>
internal sealed record Negotiation(Uri HubUrl, string? AccessToken, NegotiationResponse Response)
{
    // Version 0 has one id, which is public and secret at once.
    public string Token => (Response.Version > 0 ? Response.ConnectionToken : Response.ConnectionId)
        ?? throw new InvalidOperationException("The negotiate's answer holds no id.");

    public ConnectionIdentity Identity => new(LoadTests.Connections.HubUrl.WithId(HubUrl, Token), Response.ConnectionId, Token, AccessToken);
}
