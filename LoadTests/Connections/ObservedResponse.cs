using System.Net.Http.Headers;

namespace LoadTests.Connections;

/// <summary>One request of a connection and what came of it.</summary>
/// <param name="Kind">What the request was for.</param>
/// <param name="Method">The request's method.</param>
/// <param name="Url">The request's URL with its query; the <c>id</c> in it is a secret of the connection.</param>
/// <param name="Status">Status of the answer, or <see cref="NoAnswer"/>.</param>
/// <param name="Headers">Headers of the answer, when there was one.</param>
/// <param name="Error">Why there was no answer.</param>
public sealed record ObservedResponse(HttpRequestKind Kind, HttpMethod Method, Uri Url, int Status, HttpResponseHeaders? Headers, Exception? Error)
{
    /// <summary>In place of a status: refused, reset or cancelled before an answer came.</summary>
    public const int NoAnswer = 0;

    /// <summary>Whether the request did not do what it was sent for.</summary>
    /// <remarks>No failure: a request that its own client gave up, and a DELETE whose connection the server ended a moment before.</remarks>
    public bool Failed => Status switch
    {
        NoAnswer => Error is not OperationCanceledException,
        404 => Kind != HttpRequestKind.Delete,
        _ => Status >= 400,
    };
}
