using System.Globalization;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Affinity;

/// <summary>The cookie that prefers a node: what it looks like, which clients get it, and which values count.</summary>
public sealed class CookieTests : FunctionalTestBed
{
    [Fact]
    public async Task SetCookie_ByDefault_IsASessionCookieOfTheWholeSite()
    {
        var gateway = await StartAsync();

        Assert.Matches(@"^srv_id=v1\.[A-Za-z0-9_-]{22}; Path=/; HttpOnly; SameSite=Lax$", await SetCookieAsync(gateway));
    }

    /// <summary>A client of two clusters keeps its node in each. A value that was written under the one former name still counts.</summary>
    [Fact]
    public async Task SetCookie_OfSeveralClusters_IsOneEach()
    {
        string[] Cluster(string id) =>
        [
            $"--ReverseProxy:Routes:{id}:ClusterId={id}", $"--ReverseProxy:Routes:{id}:Match:Path=/{id}/{{**rest}}",
            $"--ReverseProxy:Clusters:{id}:SessionAffinity:Enabled=true", $"--ReverseProxy:Clusters:{id}:SessionAffinity:Policy=SignalR",
            $"--ReverseProxy:Clusters:{id}:Destinations:{id}1:Address={StartScripted(id + "1").Url}",
            $"--ReverseProxy:Clusters:{id}:Destinations:{id}2:Address={StartScripted(id + "2").Url}",
        ];
        var gateway = await StartGatewayAsync([("a", StartScripted("a").Url)], ["--Gateway:Health:Probe=none", .. Cluster("x"), .. Cluster("y")]);
        var jar = new Dictionary<string, string>(StringComparer.Ordinal);
        var first = new Dictionary<string, string>(StringComparer.Ordinal);
        string[] paths = ["/", "/x/page", "/y/page"];
        foreach (var path in paths)
        {
            var answer = await AskAsync(gateway, "GET", path);
            first[path] = answer.Body;
            var cookie = Assert.Single(answer.All("Set-Cookie")).Split(';')[0].Split('=');
            jar.Add(cookie[0], cookie[1]);
        }

        Assert.Equal(["srv_id", "srv_id_x", "srv_id_y"], jar.Keys.Order(StringComparer.Ordinal));
        var all = "Cookie: " + string.Join("; ", jar.Select(static cookie => $"{cookie.Key}={cookie.Value}"));
        for (var round = 0; round < 8; round++)
        {
            foreach (var (path, node) in first)
            {
                Assert.Equal(node, (await AskAsync(gateway, "GET", path, all)).Body);
            }

            Assert.Equal(first["/y/page"], (await AskAsync(gateway, "GET", "/y/page", "Cookie: srv_id=" + jar["srv_id_y"])).Body);
        }
    }

    /// <summary>What a cache on the way may keep goes to other clients with all its fields.</summary>
    [Theory]
    [InlineData(false, "Cache-Control: public, max-age=31536000, immutable")]
    [InlineData(false, "Cache-Control: max-age=60")]
    [InlineData(false, "Cache-Control: s-maxage=60, max-age=0")]
    [InlineData(false, "Cache-Control: no-cache", "ETag: \"1\"")]
    [InlineData(false, "Cache-Control: max-age=60 private")]
    [InlineData(false, "Cache-Control: no-store", "CDN-Cache-Control: max-age=60")]
    [InlineData(false, "Expires: Fri, 01 Jan 2100 00:00:00 GMT")]
    [InlineData(false, "Last-Modified: Fri, 01 Jan 2016 00:00:00 GMT")]
    [InlineData(true, "Cache-Control: private, max-age=60")]
    [InlineData(true, "Cache-Control: no-store")]
    [InlineData(true, "Cache-Control: no-cache")]
    [InlineData(true, "Cache-Control: no-cache, no-store, max-age=0", "Last-Modified: Fri, 01 Jan 2016 00:00:00 GMT")]
    [InlineData(true, "Expires: -1")]
    [InlineData(true, "ETag: \"1\"")]
    [InlineData(true, "Cache-Control: no-store", "Surrogate-Control: no-store")]
    public async Task SetCookie_BesideWhatSharedCachesKeep_IsLeftOut(bool isSet, params string[] fields)
    {
        var node = StartScripted("a", exchange => exchange.AnswerAsync(200, "page", fields));
        var gateway = await StartGatewayAsync([node]);

        var answer = await AskAsync(gateway, "GET", "/page");

        Assert.Equal(isSet ? 1 : 0, answer.All("Set-Cookie").Count);
        Assert.Equal(fields, answer.Lines.Where(line => fields.Contains(line)));
    }

    /// <summary>nginx: <c>sticky cookie srv_id expires=max domain=.example.com path=/ httponly</c> (ngx_http_upstream_module).</summary>
    [Fact]
    public async Task SetCookie_AsNginxWritesIt_HasTheSameAttributes()
    {
        var gateway = await StartAsync(
            "--Gateway:Affinity:Cookie:Expires=max", "--Gateway:Affinity:Cookie:Domain=.example.com", "--Gateway:Affinity:Cookie:SameSite=Unspecified");

        var attributes = (await SetCookieAsync(gateway)).Split("; ")[1..];

        Assert.Equal(["Expires=Thu, 31 Dec 2037 23:55:55 GMT", "Domain=.example.com", "Path=/", "HttpOnly"], attributes);
    }

    [Fact]
    public async Task SetCookie_ForAnEmbeddedPage_IsSecureAndPartitioned()
    {
        var gateway = await StartAsync("--Gateway:Affinity:Cookie:Name=__Host-node", "--Gateway:Affinity:Cookie:SecurePolicy=Always",
            "--Gateway:Affinity:Cookie:SameSite=None", "--Gateway:Affinity:Cookie:Partitioned=true", "--Gateway:Affinity:Cookie:HttpOnly=false");

        Assert.Matches(@"^__Host-node=v1\.[^;]+; Path=/; Secure; SameSite=None; Partitioned$", await SetCookieAsync(gateway));
    }

    [Fact]
    public async Task SetCookie_ForAClientOfHttps_IsSecure()
    {
        var gateway = await StartAsync();
        var distrusting = await StartAsync("--Gateway:ForwardedHeaders:TrustedProxies:0=192.0.2.1/32");

        Assert.Contains("; Secure", await SetCookieAsync(gateway, "X-Forwarded-Proto: https"), StringComparison.Ordinal);
        Assert.DoesNotContain("; Secure", await SetCookieAsync(gateway, "X-Forwarded-Proto: http"), StringComparison.Ordinal);
        Assert.DoesNotContain("; Secure", await SetCookieAsync(distrusting, "X-Forwarded-Proto: https"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SetCookie_WithALifetime_IsRenewedByEveryAnswerToARequestWithoutId()
    {
        var gateway = await StartAsync("--Gateway:Affinity:Cookie:Expires=01:00:00");
        var first = await SetCookieAsync(gateway);

        var again = await SetCookieAsync(gateway, "Cookie: " + first.Split(';')[0]);

        foreach (var cookie in new[] { first, again })
        {
            Assert.Contains("; Max-Age=3600; Expires=", cookie, StringComparison.Ordinal);
            var expires = cookie.Split("; ").Single(attribute => attribute.StartsWith("Expires=", StringComparison.Ordinal))["Expires=".Length..];
            Assert.True(DateTimeOffset.ParseExact(expires, "R", CultureInfo.InvariantCulture) > TimeProvider.System.GetUtcNow().AddMinutes(30));
        }
    }

    [Fact]
    public async Task SetCookie_OfASession_IsNotSentAgain()
    {
        var gateway = await StartAsync();
        var cookie = (await SetCookieAsync(gateway)).Split(';')[0];

        Assert.Empty((await AskAsync(gateway, "GET", "/page", "Cookie: " + cookie)).All("Set-Cookie"));
    }

    [Fact]
    public async Task SetCookie_Off_IsNeitherSentNorRead()
    {
        var on = await StartAsync();
        var cookie = (await SetCookieAsync(on)).Split(';')[0];
        var off = await StartAsync("--Gateway:Affinity:Cookie:Enabled=false");

        var owners = await OwnersAsync(off, "Cookie: " + cookie);

        Assert.Equal(2, owners.Distinct().Count());
    }

    [Fact]
    public async Task SetCookie_OfTheApplication_StaysBesideIt()
    {
        var node = StartScripted("a", static exchange => exchange.AnswerAsync(200, "", "Set-Cookie: own=1"));
        var gateway = await StartGatewayAsync([node]);

        var cookies = (await AskAsync(gateway, "GET", "/page")).All("Set-Cookie");

        Assert.Equal("own=1", cookies[0]);
        Assert.StartsWith("srv_id=", cookies[1], StringComparison.Ordinal);
    }

    /// <summary>Values differ from client to client, so that clients cannot find out that they share a node.</summary>
    [Fact]
    public async Task Value_OfTheSameNode_IsDifferentForEachClient()
    {
        var gateway = await StartAsync();
        var values = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 20; i++)
        {
            values.Add((await SetCookieAsync(gateway)).Split(';')[0]);
        }

        Assert.Equal(20, values.Count);
    }

    [Theory]
    [InlineData("Cookie: {0}")]
    [InlineData("Cookie: a=1; {0}; b=2")]
    [InlineData("Cookie: a=1;{0}")]
    [InlineData("Cookie: {0}; Path=/; HttpOnly; SameSite=Lax")]
    [InlineData("Cookie: a=1, {0}")]
    [InlineData("Cookie: xsrv_id=v1.AAAA; srv_id=; {0}")]
    [InlineData("Cookie: srv_id=v1.AAAAAAAAAAAAAAAAAAAAAA; {0}")]
    [InlineData("Cookie: a=\"{0}\"; {0}")]
    [InlineData("cookie:{0}")]
    public async Task Cookie_HoweverItComes_LeadsToItsNode(string field)
    {
        var gateway = await StartAsync();
        var answer = await AskAsync(gateway, "GET", "/page");
        var cookie = Assert.Single(answer.All("Set-Cookie")).Split(';')[0];

        var owners = await OwnersAsync(gateway, field.Replace("{0}", cookie, StringComparison.Ordinal));

        Assert.All(owners, owner => Assert.Equal(answer.Body, owner));
    }

    [Fact]
    public async Task Cookie_InQuotesOrOnASecondLine_LeadsToItsNode()
    {
        var gateway = await StartAsync();
        var answer = await AskAsync(gateway, "GET", "/page");
        var value = Assert.Single(answer.All("Set-Cookie")).Split(';')[0]["srv_id=".Length..];

        Assert.All(await OwnersAsync(gateway, $"Cookie: srv_id=\"{value}\""), owner => Assert.Equal(answer.Body, owner));
        Assert.All(await OwnersAsync(gateway, "Cookie: a=1", $"Cookie: srv_id={value}"), owner => Assert.Equal(answer.Body, owner));
    }

    [Theory]
    [InlineData("srv_id=a")]
    [InlineData("srv_id=v1.")]
    [InlineData("srv_id=v1.AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("srv_id=v1.!!!!!!!!!!!!!!!!!!!!!!")]
    [InlineData("srv_id=v2.AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("srv_id=v1.AAAAAAAAAAAAAAAAAAAAAA==")]
    [InlineData("srv_id=1f870be274f6c49b3e31a0c6728957f")]
    [InlineData("SRV_ID=v1.AAAAAAAAAAAAAAAAAAAAAA")]
    public async Task Cookie_ForeignOrForged_CountsAsNone(string cookie)
    {
        var gateway = await StartAsync();

        var answer = await AskAsync(gateway, "GET", "/page", "Cookie: " + cookie);

        Assert.Equal(200, answer.Status);
        Assert.Single(answer.All("Set-Cookie"));
    }

    /// <summary>With a key only a gateway can make a value; the plain hash of a gateway without keys does not count there.</summary>
    [Fact]
    public async Task Cookie_OfAnotherKey_CountsAsNone()
    {
        var keyless = await StartAsync();
        var keyed = await StartAsync("--Gateway:Affinity:Keys:0=a-key-of-sixteen-or-more");
        var cookie = (await SetCookieAsync(keyless)).Split(';')[0];

        Assert.Single((await AskAsync(keyed, "GET", "/page", "Cookie: " + cookie)).All("Set-Cookie"));
    }

    /// <summary>New connections are spread again and again; the pages stay where the session is.</summary>
    [Fact]
    public async Task Reattach_Disabled_TheCookieIsNotAskedForNewConnections()
    {
        var gateway = await StartAsync("--Gateway:Affinity:Reattach=Disabled", "--Gateway:Diagnostics:ResponseHeaders=true");
        var cookie = "Cookie: " + (await SetCookieAsync(gateway)).Split(';')[0];

        Assert.Equal("cookie", (await AskAsync(gateway, "GET", "/page", cookie)).Field("X-Affinity-Outcome"));
        Assert.Equal("router", (await NegotiateAsync(gateway, "/chat", cookie)).Field("X-Affinity-Outcome"));
    }

    [Theory]
    [InlineData("Preferred", 200)]
    [InlineData("Required", 503)]
    public async Task Reattach_NodeIsDown_AsConfigured(string reattach, int status)
    {
        var first = StartScripted("a");
        var gateway = await StartPairAsync(first, StartScripted("b"), "--Gateway:Affinity:Reattach=" + reattach);
        var cookie = (await SetCookieAsync(gateway)).Split(';')[0];
        await first.KillAsync();
        await AskAsync(gateway, "GET", "/page"); // meets the refusal, and marks the node

        var answer = await AskAsync(gateway, "GET", "/page", "Cookie: " + cookie);

        Assert.Equal(status, answer.Status);
        Assert.Equal(status == 200 ? 1 : 0, answer.All("Set-Cookie").Count);
        Assert.Equal(status == 200 ? null : "no-node-online", answer.Field("X-Affinity-Outcome"));
    }

    private Task<TestGateway> StartAsync(params string[] options) =>
        StartGatewayAsync([StartScripted("a"), StartScripted("b")], ["--Gateway:Router=round-robin", .. options]);

    private static async Task<string> SetCookieAsync(TestGateway gateway, params string[] fields) =>
        Assert.Single((await AskAsync(gateway, "GET", "/page", fields)).All("Set-Cookie"));

    private static async Task<string[]> OwnersAsync(TestGateway gateway, params string[] fields)
    {
        var owners = new string[4];
        for (var i = 0; i < owners.Length; i++)
        {
            owners[i] = (await AskAsync(gateway, "GET", "/page", fields)).Body;
        }

        return owners;
    }
}
