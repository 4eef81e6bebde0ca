namespace Proxy.Requests.Protocols;

/// <summary>What an answer of the owner says of the end of a connection.</summary>
internal enum ConnectionEnd
{
    /// <summary>The connection goes on, as far as the answer shows.</summary>
    None,

    /// <summary>The owner does not know the connection any more.</summary>
    Ended,

    /// <summary>The owner has ended a poll: the connection is gone, unless another poll has taken the place of this one.</summary>
    EndedIfLast,
}
