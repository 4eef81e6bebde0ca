using Proxy.Outcomes;

namespace Proxy.Requests.Protocols;

/// <summary>Engine.IO, which Socket.IO runs on.</summary>
internal sealed class EngineIOProtocol : ClientProtocol
{
    public static readonly EngineIOProtocol Instance = new();

    /// <summary>Bytes in front of the first answer's JSON at the most: its type, and in version 3 its length.</summary>
    private const int MaxLeadIn = 16;

    private EngineIOProtocol()
    {
    }

    public override string Name => "engine.io";

    public override string IdParameter => "sid";

    public override IReadOnlyList<string> Markers => ["EIO"];

    public override IReadOnlyList<string> OtherParameters => [];

    /// <summary>pingInterval, 25 s, and pingTimeout, 20 s, by default; some room for applications that raise them.</summary>
    public override TimeSpan Lifetime => TimeSpan.FromSeconds(90);

    public override bool ResumesPolls => false;

    public override bool EndsWithEventStream => false;

    public override bool CanAskNodes => false;

    public override string NegotiateMethod => HttpMethods.Get;

    public override string MinimalQuery => "?EIO=4";

    public override bool IsNegotiate(HttpRequest request, in QueryValues query, bool hasId) => !hasId && HttpMethods.IsGet(request.Method);

    public override Transport TransportOf(HttpRequest request, in QueryValues query) =>
        HttpMethods.IsGet(request.Method) ? Transport.LongPolling : Transport.Unknown;

    public override ReadOnlySpan<char> HubPathOf(ReadOnlySpan<char> path) => path.TrimEnd('/');

    // text/plain, application/octet-stream, and with JSONP text/javascript.
    public override bool IsAnswerType(string mediaType) => true;

    // "sid" beside "EIO" says so. Some servers count: 1, 2, …
    public override bool LooksLikeId(ReadOnlySpan<char> rawId) => true;

    public override bool CanBeId(ReadOnlySpan<char> rawId) => true;

    public override ConnectionEnd EndAfter(int status) => status is StatusCodes.Status404NotFound ? ConnectionEnd.Ended : ConnectionEnd.None;

    // UNKNOWN_SID of engine.io/lib/server.ts.
    public override Refusal RefuseId(RoutingOutcome outcome) => new(outcome, """{"code":1,"message":"Session ID unknown"}""")
    {
        Status = StatusCodes.Status400BadRequest,
        ContentType = "application/json",
    };

    // 0{"sid":"…"}
    protected override NegotiateAnswer Parse(ReadOnlySpan<byte> body)
    {
        var start = body.IndexOf((byte)'{');
        if (start is < 1 or > MaxLeadIn || body[start - 1] != (byte)'0')
        {
            return default;
        }

        byte[]? id = null;
        var members = new JsonMembers(body[start..]);
        while (members.MoveNext())
        {
            if (members.NameIs("sid"u8))
            {
                id = members.ReadText();
            }
        }

        return new NegotiateAnswer(id);
    }
}
