using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Proxy.Outcomes;
using Proxy.Requests;
using Proxy.Requests.Protocols;
using Xunit;

namespace Proxy.Tests.Requests.Protocols;

/// <summary>What holds for every protocol, for those of the gateway as for a new one.</summary>
public sealed class ClientProtocolTests
{
    private static readonly ClientProtocols All = new([new MadeUpProtocol(), .. ClientProtocols.Default.All]);

    public static TheoryData<string> Names => [.. All.All.Select(protocol => protocol.Name)];

    [Fact]
    public void Names_AreDistinct() => Assert.Distinct(All.All.Select(protocol => protocol.Name));

    [Fact]
    public void Markers_AreOfOneProtocol() => Assert.Distinct(All.All.SelectMany(protocol => protocol.Markers), StringComparer.OrdinalIgnoreCase);

    [Fact]
    public void Parameters_MoreThanThereIsRoomFor_AreRefused() =>
        Assert.Throws<ArgumentException>(() => new ClientProtocols([.. All.All, new MadeUpProtocol("one-more")]));

    [Fact]
    public void Parameters_OfAllProtocols_AreReadOnce()
    {
        Assert.Equal(["id", "session", "made", "sid", "EIO", "connectionToken", "clientProtocol", "transport"], All.Parameters.ToArray());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void MinimalQuery_MakesANegotiateOfTheProtocol(string name)
    {
        var protocol = Find(name);

        var request = Read(Http.Request(protocol.NegotiateMethod, "/hub/negotiate" + protocol.MinimalQuery));

        Assert.Equal((RequestKind.Negotiate, protocol, false), (request.Kind, request.Protocol, request.HasId));
        Assert.Equal(RequestKind.Preflight, Read(Http.Preflight("/hub/negotiate" + protocol.MinimalQuery)).Kind);
        Assert.Equal(RequestKind.WebSocket, Read(Http.WebSocket("/hub" + protocol.MinimalQuery)).Kind);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void IdParameter_BesideTheMinimalQuery_CarriesTheId(string name)
    {
        var protocol = Find(name);

        foreach (var context in (HttpContext[])[Http.Get(Target(protocol, "abc")), Http.Post(Target(protocol, "abc")), Http.WebSocket(Target(protocol, "abc"))])
        {
            var request = Read(context);

            Assert.Equal((RequestKind.HasId, protocol, "abc"), (request.Kind, request.Protocol, request.RawId.ToString()));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Read_RequestWithId_AllocatesNothing(string name)
    {
        var context = Http.Get(Target(Find(name), "abc"));
        Read(context);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100; i++)
        {
            Read(context);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void HubPath_OfANegotiate_HasNoSlashAtItsEnd(string name)
    {
        Assert.Equal("/a/b", Find(name).HubPathOf("/a/b/").ToString());
        Assert.Equal("", Find(name).HubPathOf("/").ToString());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Lifetime_IsNoShorterThanThatOfAnUnusedId(string name) =>
        Assert.InRange(Find(name).Lifetime, ConnectionLifetimes.Unused, TimeSpan.FromMinutes(10));

    [Theory]
    [MemberData(nameof(Names))]
    public void EndAfter_AnswerThatIsNotOfTheOwner_IsNoEnd(string name) =>
        Assert.All((int[])[0, 101, 200, 401, 403, 500, 502, 503, 504], status => Assert.Equal(ConnectionEnd.None, Find(name).EndAfter(status)));

    [Theory]
    [MemberData(nameof(Names))]
    public void RefuseId_AnyReason_KeepsItsOutcome(string name)
    {
        foreach (var outcome in Enum.GetValues<RoutingOutcome>().Where(outcome => outcome.Row().Owner is OwnerLookup.Unknown or OwnerLookup.Lost))
        {
            var refusal = Find(name).RefuseId(outcome);

            Assert.Equal(outcome, refusal.Outcome);
            Assert.InRange(refusal.Status, 400, 499);
            Assert.True(Ascii.IsValid(refusal.Text)); // its length is the Content-Length
        }
    }

    [Property(MaxTest = 3000)]
    public Property ReadAnswer_Garbage_IsNoAnswer() => Prop.ForAll(
        Garbage().ToArbitrary(), body => Assert.All(
            All.All, protocol => Assert.InRange(protocol.ReadAnswer(body).TagPosition, 0, Math.Max(body.Length - 1, 0))));

    [Theory]
    [InlineData("/chat/negotiate", "/chat")]
    [InlineData("/chat/negotiate/", "/chat")]
    [InlineData("/negotiate", "")]
    [InlineData("/a/b", "/a/b")]
    public void HubPath_OfAspNetNegotiates_IsThePathAboveThem(string path, string hub)
    {
        Assert.Equal(hub, SignalRProtocol.Instance.HubPathOf(path).ToString());
        Assert.Equal(hub, ClassicSignalRProtocol.Instance.HubPathOf(path).ToString());
    }

    private static Gen<byte[]> Garbage() =>
        from pieces in Gen.ListOf(Gen.Elements(
            "{", "}", "\"", "\\", "\\u", "d800", "\u00ff", "\u00c3", "\0", ":", ",", "0", "[", "(", "\"connectionToken\":", "\"negotiateVersion\":1",
            "\"sid\":", "\"a\""))
        select Encoding.Latin1.GetBytes(string.Concat(pieces));

    private static ClientProtocol Find(string name) => All.All.Single(protocol => protocol.Name == name);

    private static string Target(ClientProtocol protocol, string id) =>
        $"/hub{(protocol.MinimalQuery.Length == 0 ? "?" : protocol.MinimalQuery + "&")}{protocol.IdParameter}={id}";

    private static RequestInfo Read(HttpContext context) => RequestReader.Read(context, All);
}
