using System.Security.Authentication;

namespace Proxy.Nodes.Tls;

/// <summary>A connection to a node could not be secured; the message is one sentence that says why, in words that may be logged and shown.</summary>
internal sealed class NodeTlsException : AuthenticationException
{
    public NodeTlsException()
    {
    }

    public NodeTlsException(string? message)
        : base(message)
    {
    }

    public NodeTlsException(string? message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The one among the causes of a failure, or <see langword="null"/>.</summary>
    public static NodeTlsException? Find(Exception? failure) => failure as NodeTlsException ?? (failure?.InnerException is { } cause ? Find(cause) : null);
}
