using Microsoft.AspNetCore.Http;

namespace Tests.Common;

/// <summary>One request as a host under test saw it.</summary>
/// <param name="Site">Name of the node, or of the gateway.</param>
/// <param name="Method">Such as <c>GET</c>.</param>
/// <param name="Path">Without the query.</param>
/// <param name="Id">The value of the query's <c>id</c> (or <c>sid</c> or <c>connectionToken</c>, in other protocols), or empty.</param>
/// <param name="Client">The peer's address.</param>
/// <param name="Cookies">The request's Cookie header, or empty.</param>
public sealed record RecordedRequest(string Site, string Method, string Path, string Id, string Client, string Cookies)
{
    /// <summary>What the client got; 0 while there is no answer, 499 when the client went before there was one.</summary>
    public int Status { get; internal set; }

    /// <summary>The answer's Set-Cookie headers, or empty.</summary>
    public string SetCookie { get; internal set; } = "";

    /// <summary>Counts up over all requests of a recorder, so that moments can be compared.</summary>
    public long BeganAt { get; internal init; }

    /// <summary>As <see cref="BeganAt"/>; 0 while there is no answer.</summary>
    public long AnsweredAt { get; internal set; }

    public bool IsNegotiate => Path.EndsWith("/negotiate", StringComparison.Ordinal);

    /// <summary>Whether the status is one that a node gives when it does not know the connection, or knows it otherwise.</summary>
    public bool IsAffinityError => Status is StatusCodes.Status400BadRequest or StatusCodes.Status404NotFound or StatusCodes.Status409Conflict;

    public override string ToString() => $"{Site}: {Method} {Path} id={Id} from {Client} -> {(Status == 0 ? "running" : Status)}";
}
