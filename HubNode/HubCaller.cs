namespace HubNode;

/// <summary>The answer of <see cref="ChatHub.WhoAmI"/>.</summary>
public sealed record HubCaller(string Node, string ConnectionId, string Transport, int Pid);
