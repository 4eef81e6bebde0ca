namespace Tests.Common;

/// <summary>One request as a host under test saw it.</summary>
/// <param name="Site">Name of the node, or of the gateway.</param>
/// <param name="Method">Such as <c>GET</c>.</param>
/// <param name="Path">Without the query.</param>
/// <param name="Id">The value of the query's <c>id</c> (or of Engine.IO's <c>sid</c>), or empty.</param>
/// <param name="Client">The peer's address.</param>
/// <param name="Cookies">The request's Cookie header, or empty.</param>
public sealed record RecordedRequest(string Site, string Method, string Path, string Id, string Client, string Cookies)
{
    /// <summary>Zero while the request runs.</summary>
    public int Status { get; internal set; }

    public bool IsNegotiate => Path.EndsWith("/negotiate", StringComparison.Ordinal);

    public override string ToString() => $"{Site}: {Method} {Path} id={Id} from {Client} -> {(Status == 0 ? "running" : Status)}";
}
