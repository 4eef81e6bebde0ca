using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Proxy.Affinity;
using Proxy.Configuration;
using Proxy.Connections;
using Proxy.Decisions;
using Proxy.Forwarding;
using Proxy.Outcomes;
using Proxy.Requests;
using Proxy.Requests.Protocols;
using Xunit;

namespace Proxy.Tests.Forwarding;

public sealed class NegotiateBinderTests
{
    private const string V0 = """{"negotiateVersion":0,"connectionId":"pub"}""";
    private const string V1 = """{"negotiateVersion":1,"connectionId":"pub","connectionToken":"tok","availableTransports":[]}""";

    private readonly TestCluster _cluster = new("a", "b");

    [Fact]
    public async Task Bind_Version1_TagsTheToken()
    {
        var bound = await BindAsync(V1);

        Assert.True(bound is { IsRewritten: true, IsComplete: true, Result: BindResult.Bound });
        Assert.Equal(V1.Replace("\"tok\"", $"\"{_cluster.Tagged("tok", "a")}\"", StringComparison.Ordinal), Encoding.UTF8.GetString(bound.Body!));
        Assert.Equal((1, 0), (_cluster.Connections.Count, _cluster.Connections.LearnedCount));
        Assert.Equal(1, _cluster["a"].State.Connections.Negotiated);
        Assert.Contains("/chat", _cluster.Hubs.Learned);
    }

    [Fact]
    public async Task Bind_Version0_IsLearned()
    {
        var bound = await BindAsync(V0);

        Assert.Equal((V0, false), (Encoding.UTF8.GetString(bound.Body!), bound.IsRewritten));
        Assert.Same(_cluster["a"].State, _cluster.Connections.FindLearned("pub")?.State);
    }

    [Theory]
    [InlineData("Auto", V1, true, false)]
    [InlineData("Auto", V0, false, true)]
    [InlineData("Tag", V1, true, false)]
    [InlineData("Tag", V0, false, false)]
    [InlineData("Learn", V1, false, true)]
    [InlineData("Learn", V0, false, true)]
    public async Task Bind_Mode_SaysTagOrLearn(string mode, string body, bool isTagged, bool isLearned)
    {
        _cluster.Options.Affinity.Mode = Enum.Parse<AffinityMode>(mode);
        _cluster.Refresh();

        var bound = await BindAsync(body);

        Assert.Equal((isTagged, isLearned), (bound.IsRewritten, _cluster.Connections.LearnedCount == 1));
        Assert.Equal(1, _cluster["a"].State.Connections.Negotiated); // counted in every mode
    }

    [Theory]
    [InlineData("application/json", null, true)]
    [InlineData("application/json; charset=utf-8", null, true)]
    [InlineData("application/problem+json", null, true)]
    [InlineData("application/json", "identity", true)]
    [InlineData("text/html", null, false)]
    [InlineData(null, null, false)]
    public async Task Bind_Type_DecidesWhetherItIsRead(string? type, string? coding, bool isRead)
    {
        var bound = await BindAsync(V1, type: type, coding: coding);

        Assert.Equal(isRead, bound.Body is not null);
        Assert.Equal(isRead ? 1 : 0, _cluster.Connections.Count);
    }

    [Fact]
    public async Task Bind_ClassicByJsonp_IsLearned()
    {
        const string body = """cb({"ConnectionToken":"a+b","ProtocolVersion":"1.5"});""";

        var bound = await BindAsync(body, "/signalr/negotiate?clientProtocol=1.5&callback=cb", type: "application/javascript");

        Assert.Equal((body, false), (Encoding.UTF8.GetString(bound.Body!), bound.IsRewritten));
        Assert.NotNull(_cluster.Connections.FindLearned("a%2Bb"));
    }

    [Fact]
    public async Task Bind_EngineIO_IsLearned()
    {
        await BindAsync("""0{"sid":"abc"}""", "/socket.io/?EIO=4&transport=polling", type: "text/plain");

        Assert.NotNull(_cluster.Connections.FindLearned("abc"));
        Assert.Contains("/socket.io", _cluster.Hubs.Learned);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task Bind_AnswerAtTheLimit_IsReadToTheLastByte(int beyond, bool isTagged)
    {
        var limit = _cluster.Options.Negotiate.MaxBodyBytes;
        foreach (var hasLength in new[] { true, false })
        {
            var body = V1 + new string(' ', limit - V1.Length + beyond);

            var bound = await BindAsync(body, hasLength: hasLength);

            Assert.Equal(isTagged, bound.IsRewritten);
            if (bound.Body is { } read)
            {
                // What was read and not understood goes on to the client, the rest of the stream behind it.
                Assert.Equal(isTagged, bound.IsComplete);
                Assert.StartsWith(isTagged ? V1[..40] : body[..read.Length], Encoding.UTF8.GetString(read), StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("""{"negotiateVersion":0,"error":"no"}""")]
    [InlineData("""{"url":"https://elsewhere.example","availableTransports":[]}""")]
    [InlineData("not json")]
    [InlineData("")]
    public async Task Bind_AnswerWithoutId_PassesAsItIs(string body)
    {
        var bound = await BindAsync(body);

        Assert.Equal((body, false, true), (Encoding.UTF8.GetString(bound.Body!), bound.IsRewritten, bound.IsComplete));
        Assert.Equal(0, _cluster.Connections.Count);
        Assert.DoesNotContain("/chat", _cluster.Hubs.Learned); // it may be no hub at all
    }

    [Fact]
    public async Task Bind_FullTable_RefusesLearnedIdsOnly()
    {
        _cluster.Connections.Capacity = 1;
        Assert.NotNull(_cluster.Connections.RequestStarted(key: null, _cluster["a"].State, SignalRProtocol.Instance, Transport.WebSockets, client: null));

        Assert.Equal(BindResult.Full, (await BindAsync(V0)).Result);
        Assert.True(await BindAsync(V1) is { Result: BindResult.Bound, IsRewritten: true });
    }

    [Fact]
    public void LearnHub_InModesThatLeaveIdsAlone_ReadsNothing()
    {
        var request = RequestReader.Read(Http.Negotiate());
        var routed = new RoutedRequest(request, _cluster.Snapshot, new Decision(RoutingOutcome.Cookie, _cluster["a"]), isTrustedPeer: false);
        using var page = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("x") };
        using var answer = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(V1, Encoding.UTF8, "application/json") };
        var binder = CreateBinder();

        binder.LearnHub(page, routed);
        Assert.DoesNotContain("/chat", _cluster.Hubs.Learned);
        binder.LearnHub(answer, routed);
        Assert.Contains("/chat", _cluster.Hubs.Learned);
    }

    private NegotiateBinder CreateBinder() => new(_cluster.Connections, _cluster.Hubs, _cluster.Time, NullLogger<NegotiateBinder>.Instance);

    private async Task<BoundAnswer> BindAsync(
        string body, string target = "/chat/negotiate?negotiateVersion=1", string? type = "application/json", string? coding = null, bool hasLength = true)
    {
        using var content = new StreamContent(hasLength ? new MemoryStream(Encoding.UTF8.GetBytes(body)) : new Unseekable(Encoding.UTF8.GetBytes(body)));
        content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        foreach (var one in coding?.Split(", ") ?? [])
        {
            content.Headers.ContentEncoding.Add(one);
        }

        using var answer = new HttpResponseMessage(HttpStatusCode.OK) { Content = content };
        var request = RequestReader.Read(Http.Request(
            target.Contains("EIO", StringComparison.Ordinal) || target.Contains("clientProtocol", StringComparison.Ordinal) ? "GET" : "POST", target));
        Assert.Equal(RequestKind.Negotiate, request.Kind);
        var routed = new RoutedRequest(request, _cluster.Snapshot, new Decision(RoutingOutcome.Router, _cluster["a"]), isTrustedPeer: false);
        return await CreateBinder().BindAsync(answer, routed, client: null, TestContext.Current.CancellationToken);
    }

    // An answer in chunks: of no known length, and a few bytes at a time.
    private sealed class Unseekable(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, 1000)], cancellationToken);
    }
}
