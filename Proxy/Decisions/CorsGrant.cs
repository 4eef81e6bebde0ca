namespace Proxy.Decisions;

/// <summary>What a node has said to the pages of an origin: what they may read of its answers.</summary>
/// <param name="allowedOrigin">Access-Control-Allow-Origin, as the node gave it: the origin, or <c>*</c>.</param>
/// <param name="allowsCredentials">Access-Control-Allow-Credentials is <c>true</c>.</param>
/// <param name="exposedHeaders">Access-Control-Expose-Headers, or <see langword="null"/>.</param>
/// <param name="seenAt">When it was said, as a timestamp.</param>
internal sealed class CorsGrant(string allowedOrigin, bool allowsCredentials, string? exposedHeaders, long seenAt)
{
    private long _seenAt = seenAt;

    public string AllowedOrigin => allowedOrigin;

    public bool AllowsCredentials => allowsCredentials;

    public string? ExposedHeaders => exposedHeaders;

    /// <summary>When it was said last; a node says it again with each answer.</summary>
    public long SeenAt
    {
        get => Volatile.Read(ref _seenAt);
        set => Volatile.Write(ref _seenAt, value);
    }

    /// <summary>Whether a node has said the same again.</summary>
    public bool Equals(string otherOrigin, bool otherCredentials, string? otherHeaders) =>
        string.Equals(allowedOrigin, otherOrigin, StringComparison.Ordinal)
        && allowsCredentials == otherCredentials
        && string.Equals(exposedHeaders, otherHeaders, StringComparison.Ordinal);
}
