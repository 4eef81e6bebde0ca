using Proxy.Decisions;
using Proxy.Requests;
using Xunit;

namespace Proxy.Tests.Decisions;

public sealed class CorsMemoryTests
{
    private const string Page = "https://page.example";

    private readonly TestCluster _cluster = new("a", "b");
    private readonly CorsMemory _memory;

    public CorsMemoryTests()
    {
        _cluster.Hubs.Learn("/chat");
        _memory = new CorsMemory(_cluster.Hubs, _cluster.Time);
    }

    [Theory]
    [InlineData(Page, null, null, "origin,vary")]
    [InlineData(Page, "true", "X-Hub-Node, X-Boot-Id", "origin,vary,credentials,X-Hub-Node, X-Boot-Id")]
    [InlineData(Page, "false", null, "origin,vary")]
    [InlineData("*", null, "*", "any,*")]
    [InlineData("*", "true", null, "any")] // no browser takes any origin together with credentials
    [InlineData("https://other.example", "true", "X-Hub-Node", "")]
    [InlineData("https://PAGE.example", null, null, "")]
    [InlineData("", null, null, "")]
    [InlineData(null, "true", "X-Hub-Node", "")]
    public void Write_AfterANodesAnswer_SaysWhatTheNodeHasSaid(string? allowed, string? credentials, string? exposed, string expected)
    {
        Learn("/chat?id=1", Page, allowed, credentials, exposed);

        Assert.Equal(expected, Write("/chat?id=1", Page));
    }

    [Theory]
    [InlineData("GET", "/chat?id=x", "origin,vary")]
    [InlineData("POST", "/chat/negotiate", "origin,vary")]
    [InlineData("GET", "/Chat/", "origin,vary")]
    [InlineData("POST", "/chat/refresh?id=x", "origin,vary")]
    [InlineData("GET", "/chat/read", "")]
    [InlineData("POST", "/other/negotiate", "")]
    [InlineData("GET", "/page", "")]
    public void Write_OtherRequestOfTheHub_SaysTheSame(string method, string target, string expected)
    {
        Learn("/chat?id=1", Page, Page);

        Assert.Equal(expected, Write(Http.Request(method, target, ("Origin", Page))));
        Assert.Equal("", Write(Http.Request(method, target, ("Origin", "https://other.example"))));
        Assert.Equal("", Write(Http.Request(method, target, ("Origin", "https://PAGE.example"))));
        Assert.Equal("", Write(Http.Request(method, target)));
        Assert.Equal("", Write(Http.Request(method, target, ("Origin", Page), ("Origin", Page))));
    }

    [Fact]
    public void Write_OriginNull_IsAnOriginLikeAnyOther()
    {
        Learn("/chat?id=1", "null", "null", "true"); // of a page in a sandbox, or of a file

        Assert.Equal("origin,vary,credentials", Write("/chat?id=1", "null"));
    }

    /// <summary>A gateway that has just been started hears of an origin by its preflight.</summary>
    [Fact]
    public void Learn_Preflight_IsEnoughAndTakesNothingAway()
    {
        var fresh = new CorsMemory(new(), _cluster.Time);
        fresh.Learn(Answered(Http.Request("OPTIONS", "/chat/negotiate", ("Origin", Page), ("Access-Control-Request-Method", "POST")), Page, "true", null, 204, out var preflight), preflight);
        Assert.Equal("origin,vary,credentials", Write(Http.Post("/chat/negotiate", ("Origin", Page)), fresh));

        Learn("/chat?id=1", Page, Page, "true", "X-Hub-Node");
        _memory.Learn(Answered(Http.Request("OPTIONS", "/chat?id=1", ("Origin", Page), ("Access-Control-Request-Method", "GET")), Page, "true", null, 204, out preflight), preflight);
        Assert.Equal("origin,vary,credentials,X-Hub-Node", Write("/chat?id=1", Page));
    }

    [Theory]
    [InlineData(200, "")]
    [InlineData(404, "")]
    [InlineData(500, "origin,vary")] // it may not have come to its policy
    [InlineData(502, "origin,vary")]
    public void Learn_AnswerWithoutTheField_TakesItBack(int status, string expected)
    {
        Learn("/chat?id=1", Page, Page);
        Learn("/chat?id=2", Page, null, status: status);

        Assert.Equal(expected, Write("/chat?id=1", Page));
    }

    [Fact]
    public void Learn_Handshake_SaysNothing()
    {
        Learn("/chat?id=1", Page, Page);
        var handshake = Answered(Http.WebSocket("/chat?id=1", ("Origin", Page)), null, null, null, 101, out var routed);

        _memory.Learn(handshake, routed);

        Assert.Equal("origin,vary", Write("/chat?id=1", Page));
    }

    [Fact]
    public void Write_AfterAnHour_SaysNothingUnlessTheNodeHasSaidItAgain()
    {
        Learn("/chat?id=1", Page, Page);
        Learn("/chat?id=1", "https://two.example", "https://two.example");
        _cluster.Time.Advance(CorsMemory.Lifetime);
        Assert.Equal("origin,vary", Write("/chat?id=1", Page));

        Learn("/chat?id=1", Page, Page);
        _cluster.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("origin,vary", Write("/chat?id=1", Page));
        Assert.Equal("", Write("/chat?id=1", "https://two.example"));
    }

    /// <summary>A node that allows every origin, and a client that invents them.</summary>
    [Fact]
    public void Learn_AnyNumberOfOrigins_IsBoundedAndKeepsWhatIsInUse()
    {
        for (var i = 0; i < 100_000; i++)
        {
            _cluster.Time.Advance(TimeSpan.FromMilliseconds(1));
            Learn("/chat?id=1", $"https://{i}.example", $"https://{i}.example");
            if (i % 100 == 0)
            {
                Learn("/chat?id=1", Page, Page);
            }
        }

        Assert.InRange(_memory.Count, 1, CorsMemory.MaxGrants);
        Assert.Equal("origin,vary", Write("/chat?id=1", Page));
    }

    [Fact]
    public void Learn_LongTexts_AreNotKept()
    {
        var origin = $"https://{new string('x', 600)}.example";
        Learn("/chat?id=1", origin, origin);
        Learn("/chat?id=1", Page, Page, exposed: new string('x', 600));

        Assert.Equal(0, _memory.Count);
    }

    /// <summary>Pages and APIs have paths without number.</summary>
    [Theory]
    [InlineData("GET", "/api/items/17")]
    [InlineData("GET", "/products?id=5")]
    [InlineData("OPTIONS", "/api/items/17")]
    public void Learn_RequestOfNoHub_IsNotKept(string method, string target)
    {
        var context = Answered(
            Http.Request(method, target, ("Origin", Page), ("Access-Control-Request-Method", "GET")), Page, null, null, 200, out var routed);

        _memory.Learn(context, routed);

        Assert.Equal(0, _memory.Count);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Page)]
    public void Learn_NothingNew_AllocatesNothing(string? origin)
    {
        var context = Answered(
            Http.Request("GET", "/chat?id=AbCdEfGhIjKlMnOpQr-_09", origin is null ? [] : [("Origin", origin)]), Page, "true", "X-Hub-Node", 200, out var routed);
        _memory.Learn(context, routed);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100; i++)
        {
            _memory.Learn(context, routed);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private void Learn(string target, string origin, string? allowed, string? credentials = null, string? exposed = null, int status = 200)
    {
        var context = Answered(Http.Get(target, ("Origin", origin)), allowed, credentials, exposed, status, out var routed);
        _memory.Learn(context, routed);
    }

    // A request with the node's answer to it.
    private HttpContext Answered(HttpContext context, string? allowed, string? credentials, string? exposed, int status, out RoutedRequest routed)
    {
        routed = Routed(context);
        context.Response.StatusCode = status;
        var headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = allowed;
        headers.AccessControlAllowCredentials = credentials;
        headers.AccessControlExposeHeaders = exposed;
        return context;
    }

    private string Write(string target, string origin) => Write(Http.Get(target, ("Origin", origin)));

    private string Write(HttpContext context, CorsMemory? memory = null)
    {
        (memory ?? _memory).Write(context, Routed(context));
        var headers = context.Response.Headers;
        IEnumerable<string?> said =
        [
            headers.AccessControlAllowOrigin == "*" ? "any" : headers.AccessControlAllowOrigin.Count == 0 ? null
                : headers.AccessControlAllowOrigin == context.Request.Headers.Origin ? "origin" : "wrong",
            headers.Vary == "Origin" ? "vary" : null,
            headers.AccessControlAllowCredentials == "true" ? "credentials" : null,
            headers.AccessControlExposeHeaders,
        ];
        return string.Join(",", said.Where(one => one is not null));
    }

    private RoutedRequest Routed(HttpContext context)
    {
        var request = RequestReader.Read(context);
        return new RoutedRequest(request, _cluster.Snapshot, _cluster.Decisions.Decide(context, request, _cluster.Snapshot), isTrustedPeer: false);
    }
}
