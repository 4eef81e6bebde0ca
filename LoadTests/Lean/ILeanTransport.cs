namespace LoadTests.Lean;

/// <summary>An open connection to a hub, its handshake done.</summary>
internal interface ILeanTransport : IDisposable
{
    /// <summary>The bytes that send a message over this connection; made once and sent often.</summary>
    byte[] Prepare(string message);

    /// <summary>Sends what was prepared.</summary>
    ValueTask SendAsync(ReadOnlyMemory<byte> prepared, CancellationToken cancellationToken = default);

    /// <summary>Waits for something to come, and tells the type of each message that is complete with it; false at the end of the connection.</summary>
    ValueTask<bool> ReceiveAsync(Action<byte> onMessage, CancellationToken cancellationToken = default);

    /// <summary>Ends it as its transport does.</summary>
    Task CloseAsync(CancellationToken cancellationToken);
}
