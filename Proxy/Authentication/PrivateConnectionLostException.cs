namespace Proxy.Authentication;

/// <summary>A request could not be sent on a private connection because that has ended, which says nothing of the node's health.</summary>
internal sealed class PrivateConnectionLostException(string message) : IOException(message);
