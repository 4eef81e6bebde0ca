namespace Proxy.Requests.Protocols;

/// <summary>What an answer to a negotiate says.</summary>
/// <param name="Id">The id that later requests will carry, in UTF-8, unescaped; <see langword="null"/>: none.</param>
/// <param name="OtherId">Another id that clients may choose to carry, where the answer leaves it open.</param>
/// <param name="TagPosition">Where a tag may be put in: before the closing quote of the connection token; 0: nowhere.</param>
internal readonly record struct NegotiateAnswer(byte[]? Id, byte[]? OtherId = null, int TagPosition = 0)
{
    /// <summary>The answer is not what the protocol says; there is no id.</summary>
    public bool IsUnreadable { get; init; }
}
