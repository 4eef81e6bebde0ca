namespace EventLoops;

/// <summary>A feature of a client's connection that counts what the client has sent.</summary>
public interface IReceivedBytes
{
    /// <summary>Bytes that were read from the socket since the connection was accepted. Under TLS these are the encrypted ones.</summary>
    long BytesReceived { get; }
}
