namespace LoadTests.Connections;

/// <summary>Where the requests of one connection go and under which names.</summary>
/// <param name="Url">The hub's URL after redirects, with <c>id</c> when there is one.</param>
/// <param name="ConnectionId">The public id, if the server told one.</param>
/// <param name="Token">The value of <c>id</c>, if any.</param>
/// <param name="AccessToken">Bearer token of the connection's requests.</param>
internal sealed record ConnectionIdentity(Uri Url, string? ConnectionId, string? Token, string? AccessToken);
