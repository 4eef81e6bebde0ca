using Proxy.Requests.Protocols;

namespace Proxy.Requests;

/// <summary>What the gateway reads off a request, once; positions point into <see cref="Query"/>, nothing is copied.</summary>
internal readonly struct RequestInfo
{
    public required RequestKind Kind { get; init; }

    public required ClientProtocol Protocol { get; init; }

    public required Transport Transport { get; init; }

    /// <summary>The raw query with its question mark, or empty.</summary>
    public required string Query { get; init; }

    /// <summary>The request's path.</summary>
    public required string Path { get; init; }

    /// <summary>Where the id's value starts in <see cref="Query"/>; 0 = there is no id.</summary>
    public int IdStart { get; init; }

    public int IdLength { get; init; }

    /// <summary>Where the tag's suffix starts in <see cref="Query"/>; 0 = the id ends in no well-formed tag.</summary>
    public int SuffixStart { get; init; }

    /// <summary>More than one id was given: ASP.NET Core joins them with a comma, so no node knows the result.</summary>
    public bool IdIsRepeated { get; init; }

    /// <summary>The request carries credentials that log in the connection on which a node gets them (<see cref="ConnectionSchemes"/>).</summary>
    public bool HasConnectionCredentials { get; init; }

    /// <summary>Why the request must not be forwarded, or <see langword="null"/>.</summary>
    public string? Malformed { get; init; }

    public bool HasId => IdLength > 0;

    public bool HasTag => SuffixStart > 0;

    public ReadOnlySpan<char> RawId => Query.AsSpan(IdStart, IdLength);

    /// <summary>The id's value without the tag: what the node knows.</summary>
    public ReadOnlySpan<char> RawNodeId => HasTag ? Query.AsSpan(IdStart, SuffixStart - IdStart) : RawId;

    /// <summary>What has to be cut out of <see cref="Query"/> for the node; empty without a tag.</summary>
    public (int Start, int End) TagSlice => HasTag ? (SuffixStart, IdStart + IdLength) : default;

    /// <summary>The request as it is when its id is the application's and names no connection: one like any other.</summary>
    public RequestInfo WithoutId() => this with
    {
        Kind = Kind is not RequestKind.HasId ? Kind : Transport is Transport.WebSockets ? RequestKind.WebSocket : RequestKind.Other,
        Transport = Transport is Transport.WebSockets ? Transport : Transport.Unknown,
        IdStart = 0,
        IdLength = 0,
        SuffixStart = 0,
        IdIsRepeated = false,
    };

    /// <summary>Copies the tag's characters.</summary>
    public void CopyTag(Span<char> tag) => Tag.TryFind(RawId, tag, out _);
}
