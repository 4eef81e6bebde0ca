namespace DotNetClients;

/// <summary>What the test asks of a connection.</summary>
/// <param name="Transport">The one that it uses: <c>webSockets</c>, <c>serverSentEvents</c> or <c>longPolling</c>.</param>
/// <param name="SkipNegotiation">With WebSockets only.</param>
internal sealed record ClientOptions(string Transport, bool SkipNegotiation);
