using Proxy.Outcomes;
using Proxy.Requests;
using Proxy.Requests.Protocols;

namespace Proxy.Tests.Requests.Protocols;

/// <summary>A protocol that no client speaks: it differs from the others in everything in which protocols can differ.</summary>
internal sealed class MadeUpProtocol(string marker = "made") : ClientProtocol
{
    public override string Name => "made-up";

    public override string IdParameter => "session";

    public override IReadOnlyList<string> Markers => [marker];

    public override IReadOnlyList<string> OtherParameters => [];

    public override TimeSpan Lifetime => TimeSpan.FromSeconds(50);

    public override bool ResumesPolls => true;

    public override bool EndsWithEventStream => true;

    public override bool CanAskNodes => false;

    public override string NegotiateMethod => "PUT";

    public override string MinimalQuery => $"?{marker}=up";

    public override bool IsNegotiate(HttpRequest request, in QueryValues query, bool hasId) => request.Method == NegotiateMethod;

    public override Transport TransportOf(HttpRequest request, in QueryValues query) =>
        request.Method == "GET" ? Transport.ServerSentEvents : Transport.Unknown;

    public override ReadOnlySpan<char> HubPathOf(ReadOnlySpan<char> path) => path.TrimEnd('/').TrimEnd("/open");

    public override bool IsAnswerType(string mediaType) => mediaType == "text/csv";

    public override bool LooksLikeId(ReadOnlySpan<char> rawId) => true;

    public override bool CanBeId(ReadOnlySpan<char> rawId) => true;

    public override ConnectionEnd EndAfter(int status) => status is 410 ? ConnectionEnd.Ended : ConnectionEnd.None;

    public override Refusal RefuseId(RoutingOutcome outcome) => new(outcome, "<p>No such session</p>") { Status = 410, ContentType = "text/html" };

    // session,abc
    protected override NegotiateAnswer Parse(ReadOnlySpan<byte> body) =>
        body.StartsWith("session,"u8) ? new NegotiateAnswer(body["session,".Length..].ToArray()) : default;
}
