using System.Buffers;
using Microsoft.Extensions.Primitives;
using Proxy.Outcomes;

namespace Proxy.Requests.Protocols;

/// <summary>ASP.NET Core SignalR.</summary>
internal sealed class SignalRProtocol : AspNetProtocol
{
    public static readonly SignalRProtocol Instance = new();

    /// <summary>Characters of the ids that ASP.NET Core makes: base64url of 16 bytes.</summary>
    private const int IdLength = 22;

    private static readonly SearchValues<char> IdCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Characters of the shortest ids at hubs: 128 random bits take 22, and 20 are usual elsewhere.</summary>
    /// <remarks>A number of 64 bits, which an application's own <c>id</c> may be, has 19 digits at the most.</remarks>
    private const int MinIdLength = 20;

    /// <summary>Characters of ids in other texts of random bytes: base64 with padding, UUIDs, signed ones with dots; and percent-encoded ones.</summary>
    private static readonly SearchValues<char> OtherIdCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~+/=%");

    // .NET 11 renews a connection's authentication at /refresh.
    private static readonly string[] ClientSegments = [NegotiateSegment, "/refresh"];

    private SignalRProtocol()
    {
    }

    public override string Name => "signalr";

    public override string IdParameter => Tag.Parameter;

    public override IReadOnlyList<string> Markers => [];

    public override IReadOnlyList<string> OtherParameters => [];

    /// <summary>Twice ASP.NET Core's DisconnectTimeout, 15 s; also what a stateful reconnect may take.</summary>
    public override TimeSpan Lifetime => TimeSpan.FromSeconds(30);

    public override bool ResumesPolls => true;

    public override bool EndsWithEventStream => true;

    public override bool CanAskNodes => true;

    public override bool FollowsRedirects => true;

    public override string NegotiateMethod => HttpMethods.Post;

    public override string MinimalQuery => "";

    protected override ReadOnlySpan<string> Segments => ClientSegments;

    public override bool IsNegotiate(HttpRequest request, in QueryValues query, bool hasId) =>
        HttpMethods.IsPost(request.Method) && EndsInNegotiate(request.Path);

    public override Transport TransportOf(HttpRequest request, in QueryValues query) =>
        !HttpMethods.IsGet(request.Method) ? Transport.Unknown
        : AcceptsEventStream(request.Headers.Accept) ? Transport.ServerSentEvents
        : Transport.LongPolling;

    public override bool IsAnswerType(string mediaType) => IsJson(mediaType);

    public override bool LooksLikeId(ReadOnlySpan<char> rawId) => rawId.Length == IdLength && !rawId.ContainsAnyExcept(IdCharacters);

    public override bool CanBeId(ReadOnlySpan<char> rawId) => rawId.Length >= MinIdLength && !rawId.ContainsAnyExcept(OtherIdCharacters);

    public override ConnectionEnd EndAfter(int status) => status switch
    {
        StatusCodes.Status404NotFound or StatusCodes.Status202Accepted => ConnectionEnd.Ended, // 202 answers a DELETE
        StatusCodes.Status204NoContent => ConnectionEnd.EndedIfLast,
        _ => ConnectionEnd.None,
    };

    public override Refusal RefuseId(RoutingOutcome outcome) => Refusal.Of(outcome);

    private static bool AcceptsEventStream(StringValues accept)
    {
        foreach (var value in accept)
        {
            if (value is not null && value.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
