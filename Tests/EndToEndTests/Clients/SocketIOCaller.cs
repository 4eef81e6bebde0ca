namespace EndToEndTests.Clients;

/// <summary>What a Socket.IO node says about the client that asks.</summary>
internal sealed record SocketIOCaller(string Node, string Session, string Transport);
