using Proxy.Outcomes;

namespace Proxy.Requests.Protocols;

/// <summary>ASP.NET SignalR 2.</summary>
internal sealed class ClassicSignalRProtocol : AspNetProtocol
{
    public static readonly ClassicSignalRProtocol Instance = new();

    private const string Version = "clientProtocol";

    private const string TransportName = "transport";

    private static readonly string[] ClientSegments = [NegotiateSegment, "/connect", "/start", "/poll", "/send", "/reconnect", "/abort", "/ping"];

    private ClassicSignalRProtocol()
    {
    }

    public override string Name => "classic";

    public override string IdParameter => "connectionToken";

    public override IReadOnlyList<string> Markers => [IdParameter, Version];

    public override IReadOnlyList<string> OtherParameters => [TransportName];

    /// <summary>DisconnectTimeout, 30 s, and ConnectionTimeout, 110 s (DefaultConfigurationManager of ASP.NET SignalR 2).</summary>
    public override TimeSpan Lifetime => TimeSpan.FromSeconds(140);

    public override bool ResumesPolls => false;

    public override bool EndsWithEventStream => false;

    public override bool CanAskNodes => false;

    public override string NegotiateMethod => HttpMethods.Get;

    public override string MinimalQuery => "?clientProtocol=2.1";

    // A client of version 1 polls at the hub's own path.
    protected override ReadOnlySpan<string> Segments => ClientSegments;

    // The server looks at the path only; a page of the same path is told apart by the version that every client names.
    public override bool IsNegotiate(HttpRequest request, in QueryValues query, bool hasId) =>
        (HttpMethods.IsPost(request.Method) || (HttpMethods.IsGet(request.Method) && query.Has(Version))) && EndsInNegotiate(request.Path);

    public override Transport TransportOf(HttpRequest request, in QueryValues query) =>
        IsShort(request.Path.Value) ? Transport.Unknown : query.Raw(TransportName) switch
        {
            "serverSentEvents" or "foreverFrame" => Transport.ServerSentEvents,
            "longPolling" => Transport.LongPolling,
            _ => Transport.Unknown, // a WebSocket is known by its handshake; other requests only name it
        };

    // With JSONP it is JavaScript.
    public override bool IsAnswerType(string mediaType) => IsJson(mediaType) || mediaType.EndsWith("javascript", StringComparison.OrdinalIgnoreCase);

    // The parameter's name says so.
    public override bool LooksLikeId(ReadOnlySpan<char> rawId) => true;

    public override bool CanBeId(ReadOnlySpan<char> rawId) => true;

    public override ConnectionEnd EndAfter(int status) => status is StatusCodes.Status404NotFound ? ConnectionEnd.Ended : ConnectionEnd.None;

    public override Refusal RefuseId(RoutingOutcome outcome) => Refusal.Of(outcome);

    // What the server answers at once, though it names the transport too. The verb says nothing: clients poll by POST, and by GET with JSONP, which also
    // sends by GET.
    private static bool IsShort(ReadOnlySpan<char> path)
    {
        path = path.TrimEnd('/');
        return path.EndsWith("/start", StringComparison.OrdinalIgnoreCase)
            || path.EndsWith("/send", StringComparison.OrdinalIgnoreCase)
            || path.EndsWith("/abort", StringComparison.OrdinalIgnoreCase);
    }
}
