namespace HubNode;

/// <summary>The answer of <see cref="ChatHub.WhoAmI"/>.</summary>
/// <param name="Node">The name of the node that the caller is connected to.</param>
/// <param name="ConnectionId">The public id.</param>
/// <param name="Transport"><c>web_sockets</c>, <c>server_sent_events</c> or <c>long_polling</c>.</param>
/// <param name="Pid">The node's process.</param>
/// <param name="Backplane">Whether a message reaches the clients of all nodes; otherwise it reaches those of this node only.</param>
public sealed record HubCaller(string Node, string ConnectionId, string Transport, int Pid, bool Backplane);
