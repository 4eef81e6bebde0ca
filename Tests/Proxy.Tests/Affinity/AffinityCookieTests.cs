using Proxy.Configuration;
using Proxy.Nodes;
using Xunit;
using Yarp.ReverseProxy.Model;

namespace Proxy.Tests.Affinity;

public sealed class AffinityCookieTests
{
    private readonly TestCluster _cluster = new("a", "b", "c");

    [Theory]
    [InlineData]
    [InlineData("k")]
    [InlineData("new", "old")]
    public void Find_WhatWasCreated_IsTheNode(params string[] keys)
    {
        _cluster.Options.Affinity.Keys = keys;
        _cluster.Refresh();

        Assert.All(_cluster.Snapshot.Nodes, node => Assert.Same(node, Find(_cluster.Cookie(node.Name))));
    }

    [Fact]
    public void Find_AfterKeyRotation_OldValuesCountWhileTheirKeyDoes()
    {
        _cluster.Options.Affinity.Keys = ["old"];
        _cluster.Refresh();
        var cookie = _cluster.Cookie("b");

        _cluster.Options.Affinity.Keys = ["new", "old"];
        _cluster.Refresh();
        Assert.Equal("b", Find(cookie)?.Name);

        _cluster.Options.Affinity.Keys = ["new"];
        _cluster.Refresh();
        Assert.Null(Find(cookie));
    }

    [Fact]
    public void Find_ReplicaWithTheSameConfiguration_AgreesWithoutSetUp()
    {
        var replica = new TestCluster("a", "b", "c");

        Assert.Equal("b", Find(replica.Cookie("b"))?.Name);
    }

    [Fact]
    public void Find_RenamedNode_AnswersToItsOldCookies()
    {
        var cookie = _cluster.Cookie("a");

        _cluster.Load(TestCluster.Node("z", node => node.Address = "http://a"), TestCluster.Node("b"), TestCluster.Node("c"));

        Assert.Equal("z", Find(cookie)?.Name);
        Assert.Equal("z", Find(_cluster.Cookie("z"))?.Name);
    }

    [Fact]
    public void Find_NewNodeUnderAFormerName_KeepsItsOwnCookies()
    {
        _cluster.Load(TestCluster.Node("z", node => node.Address = "http://a"), TestCluster.Node("b"));
        _cluster.Load(
            TestCluster.Node("z", node => node.Address = "http://a"), TestCluster.Node("a", node => node.Address = "http://new"), TestCluster.Node("b"));

        Assert.All(_cluster.Snapshot.Nodes, node => Assert.Same(node, Find(_cluster.Cookie(node.Name))));
    }

    [Fact]
    public void Create_EachClient_GetsAnotherValue()
    {
        var values = Enumerable.Range(0, 200).Select(_ => _cluster.Cookie("a")).ToHashSet();

        Assert.Equal(200, values.Count);
        Assert.All(values, value => Assert.Matches("^srv_id=v1\\.[A-Za-z0-9_-]{22}$", value));

        // Nothing of the node shows: no position has the same character for all clients but for the last, which holds two bits.
        var starts = values.Select(value => value["srv_id=v1.".Length..]).ToArray();
        Assert.All(Enumerable.Range(0, 21), i => Assert.True(starts.Select(text => text[i]).Distinct().Count() > 20));
    }

    [Fact]
    public void Find_ForgedTruncatedForeign_IsNone()
    {
        var cookie = _cluster.Cookie("a");
        for (var length = 0; length < cookie.Length; length++)
        {
            Assert.Null(Find(cookie[..length]));
        }

        for (var i = "srv_id=".Length; i < cookie.Length - 1; i++)
        {
            Assert.Null(Find(cookie[..i] + (cookie[i] == 'A' ? 'B' : 'A') + cookie[(i + 1)..]));
        }

        Assert.Null(Find(cookie + "A"));
        Assert.Null(Find("SRV_ID" + cookie["srv_id".Length..])); // names of cookies have case
        Assert.Null(Find("xsrv_id" + cookie["srv_id".Length..]));
        Assert.Null(Find("srv_id=v1." + new string('+', 22)));
        Assert.Null(Find("srv_id=v1.äääääääääääääääääääääää"));
        Assert.Null(Find("srv_id=a"));
    }

    [Fact]
    public void Find_WithoutTheKey_NobodyCanMakeAValue()
    {
        var plain = _cluster.Cookie("a");
        var stranger = new TestCluster(options => options.Affinity.Keys = ["guess"], TestCluster.Node("a")).Cookie("a");
        _cluster.Options.Affinity.Keys = ["secret"];
        _cluster.Refresh();

        Assert.Null(Find(plain));
        Assert.Null(Find(stranger));
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("a=1; {0}")]
    [InlineData("{0}; a=1")]
    [InlineData("a=1;{0};b=2")]
    [InlineData("{0}; Path=/; HttpOnly; SameSite=Lax")] // Node clients send the attributes along
    [InlineData("a=1, {0}")]
    [InlineData("  {0}  ")]
    [InlineData("; ;{0}")]
    [InlineData("srv_id=broken; {0}")] // two of them, one of another gateway
    [InlineData("srv_id; srv_id=; {0}")]
    public void Find_ToleratesWhatClientsSend(string format)
    {
        Assert.Equal("b", Find(string.Format(null, format, _cluster.Cookie("b")))?.Name);
    }

    [Fact]
    public void Find_QuotedOrInASecondField_IsFound()
    {
        var value = _cluster.Cookie("b")["srv_id=".Length..];

        Assert.Equal("b", Find($"srv_id=\"{value}\"")?.Name);
        Assert.Equal("b", _cluster.Snapshot.Cookies.Find(Http.Get("/", ("Cookie", "x=1"), ("Cookie", $"srv_id={value}")).Request, out _)?.Name);
    }

    [Fact]
    public void Find_Disabled_IsNone()
    {
        var cookie = _cluster.Cookie("b");
        _cluster.Options.Affinity.Cookie.Enabled = false;
        _cluster.Refresh();

        Assert.Null(Find(cookie));
    }

    [Fact]
    public void Find_SaysWhetherTheValueIsOneOfToday()
    {
        _cluster.Options.Affinity.Keys = ["old"];
        _cluster.Refresh();
        var ofOldKey = _cluster.Cookie("b");
        _cluster.Options.Affinity.Keys = ["new", "old"];
        _cluster.Refresh();
        var ofOldName = _cluster.Cookie("a");
        _cluster.Load(TestCluster.Node("z", node => node.Address = "http://a"), TestCluster.Node("b"), TestCluster.Node("c"));

        Assert.Equal((false, false, true), (IsCurrent(ofOldKey), IsCurrent(ofOldName), IsCurrent(_cluster.Cookie("c"))));
    }

    [Theory]
    [InlineData("session", "srv_id=*; Path=/; HttpOnly; SameSite=Lax")]
    [InlineData("max", "srv_id=*; Expires=Thu, 31 Dec 2037 23:55:55 GMT; Path=/; HttpOnly; SameSite=Lax")]
    [InlineData("Max", "srv_id=*; Expires=Thu, 31 Dec 2037 23:55:55 GMT; Path=/; HttpOnly; SameSite=Lax")]
    [InlineData("01:00:00", "srv_id=*; Max-Age=3600; Expires=Wed, 07 May 2031 12:13:17 GMT; Path=/; HttpOnly; SameSite=Lax")]
    [InlineData("1.00:00:00.5", "srv_id=*; Max-Age=86400; Expires=Thu, 08 May 2031 11:13:17 GMT; Path=/; HttpOnly; SameSite=Lax")]
    public void Create_Expires_IsCountedFromTheAnswer(string expires, string expected)
    {
        _cluster.Options.Affinity.Cookie.Expires = expires;
        _cluster.Refresh();

        Assert.Equal(expected, Create());
        Assert.Equal(expires.Contains(':', StringComparison.Ordinal), _cluster.Snapshot.Cookies.IsSliding);
    }

    [Fact]
    public void Create_Later_ExpiresLater()
    {
        _cluster.Options.Affinity.Cookie.Expires = "01:00:00";
        _cluster.Refresh();
        _cluster.Time.Advance(TimeSpan.FromMinutes(40));

        Assert.Contains("Expires=Wed, 07 May 2031 12:53:17 GMT", Create(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CookieSecure.SameAsRequest, false, false)]
    [InlineData(CookieSecure.SameAsRequest, true, true)]
    [InlineData(CookieSecure.Always, false, true)]
    [InlineData(CookieSecure.None, true, false)]
    public void Create_Secure_ByPolicyAndRequest(CookieSecure policy, bool isHttps, bool expected)
    {
        _cluster.Options.Affinity.Cookie.SecurePolicy = policy;
        _cluster.Refresh();

        Assert.Equal(expected, Create(isHttps).Contains("; Secure", StringComparison.Ordinal));
    }

    [Fact]
    public void Create_EveryAttribute_IsWritten()
    {
        var cookie = _cluster.Options.Affinity.Cookie;
        (cookie.Name, cookie.Domain, cookie.Path, cookie.HttpOnly, cookie.SameSite, cookie.Partitioned) = ("__Secure-x", "example.com", "/app", false,
            CookieSameSite.None, true);
        _cluster.Refresh();

        Assert.Equal("__Secure-x=*; Domain=example.com; Path=/app; Secure; SameSite=None; Partitioned", Create(isHttps: true));

        cookie.SameSite = CookieSameSite.Unspecified;
        _cluster.Refresh();
        Assert.Equal("__Secure-x=*; Domain=example.com; Path=/app; Secure; Partitioned", Create(isHttps: true));
    }

    [Fact]
    public void Find_OfflineNode_IsFoundAllTheSame()
    {
        var cookie = _cluster.Cookie("b");
        _cluster.SetHealth("b", DestinationHealth.Unhealthy);

        Assert.Equal("b", Find(cookie)?.Name); // what becomes of it is the decision's affair
    }

    private string Create(bool isHttps = false)
    {
        var text = _cluster.Snapshot.Cookies.Create(_cluster["b"], isHttps, _cluster.Time.GetUtcNow());
        var start = text.IndexOf("v1.", StringComparison.Ordinal);
        return text[..start] + "*" + text[(start + 25)..];
    }

    private GatewayNode? Find(string header) => _cluster.Snapshot.Cookies.Find(Http.Get("/", ("Cookie", header)).Request, out _);

    private bool IsCurrent(string header)
    {
        Assert.NotNull(_cluster.Snapshot.Cookies.Find(Http.Get("/", ("Cookie", header)).Request, out var isCurrent));
        return isCurrent;
    }
}
