namespace HubNode;

/// <summary>What a client of <see cref="ChatHub"/> listens for.</summary>
public interface IChatClient
{
    /// <summary>A message, and the node that the sender is connected to.</summary>
    Task Receive(string user, string message, string node);
}
