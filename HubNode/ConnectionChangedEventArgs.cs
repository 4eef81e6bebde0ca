namespace HubNode;

/// <summary>A hub connection opened or closed.</summary>
public sealed class ConnectionChangedEventArgs(string connectionId, string transport, bool isOpen, int count) : EventArgs
{
    /// <summary>The public id.</summary>
    public string ConnectionId { get; } = connectionId;

    /// <summary><c>web_sockets</c>, <c>server_sent_events</c> or <c>long_polling</c>.</summary>
    public string Transport { get; } = transport;

    /// <summary>Whether it opened; otherwise it closed.</summary>
    public bool IsOpen { get; } = isOpen;

    /// <summary>Connections that the node holds now.</summary>
    public int Count { get; } = count;
}
