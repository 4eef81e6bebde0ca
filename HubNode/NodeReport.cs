namespace HubNode;

/// <summary>The answer to a health probe; the gateway reads all members but the first two.</summary>
/// <param name="Status"><c>healthy</c> or <c>draining</c>.</param>
/// <param name="Node">The node's name.</param>
/// <param name="ClientConnectionCount">Live hub connections.</param>
/// <param name="ConnectionCapacity">Connections it can hold; 0 = unknown.</param>
/// <param name="BootId">Differs after each start.</param>
/// <param name="Draining">Whether it wants no new connections.</param>
public sealed record NodeReport(string Status, string Node, int ClientConnectionCount, int ConnectionCapacity, string BootId, bool Draining);
