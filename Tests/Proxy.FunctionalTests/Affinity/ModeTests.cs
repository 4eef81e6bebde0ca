using Proxy.FunctionalTests.Forwarding;
using Proxy.Requests;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Affinity;

/// <summary>What names the node, mode by mode; round robin makes each request without an owner go to the next one.</summary>
public sealed class ModeTests : FunctionalTestBed
{
    private static readonly string TokenOfB = "T" + Tag.Prefix + Tag.Compute(key: null, "gateway", "b");

    [Fact]
    public async Task Cookie_IdsMeanNothing_BodiesAreUntouched()
    {
        var gateway = await StartAsync("Cookie");

        var opened = await NegotiateAsync(gateway);
        var owner = Assert.Single(opened.All("X-Owner"));
        var cookie = CookieOf(opened);

        Assert.Equal(ScriptedExchange.Negotiation("T"), opened.Body);
        Assert.Equal([owner, owner, owner], await OwnersAsync(gateway, "/chat?id=T", cookie));
        Assert.Equal([owner, owner, owner], await OwnersAsync(gateway, "/chat?id=" + TokenOfB, cookie));
        Assert.Equal(3, (await OwnersAsync(gateway, "/chat?id=T")).Distinct().Count());
    }

    [Fact]
    public async Task ClientIp_TheAddressDecides_NothingElse()
    {
        var gateway = await StartAsync("ClientIp");

        var opened = await NegotiateAsync(gateway);
        Assert.Equal(ScriptedExchange.Negotiation("T"), opened.Body);
        Assert.Empty(opened.All("Set-Cookie"));
        Assert.Single((await OwnersAsync(gateway, "/chat?id=" + TokenOfB)).Distinct());

        // As nginx's ip_hash: the first three octets.
        var owners = new List<string>();
        for (var i = 0; i < 40; i++)
        {
            owners.Add(Assert.Single((await OwnersAsync(gateway, "/page", $"X-Forwarded-For: 198.51.{i}.1")).Distinct()));
            Assert.Equal(owners[^1], (await AskAsync(gateway, "GET", "/page", $"X-Forwarded-For: 198.51.{i}.200")).Field("X-Owner"));
        }

        Assert.Equal(3, owners.Distinct().Count());
    }

    [Fact]
    public async Task None_TheRouterAloneDecides()
    {
        var gateway = await StartAsync("None");

        var opened = await NegotiateAsync(gateway);

        Assert.Equal(ScriptedExchange.Negotiation("T"), opened.Body);
        Assert.Empty(opened.All("Set-Cookie"));
        Assert.Equal(3, (await OwnersAsync(gateway, "/chat?id=" + TokenOfB)).Distinct().Count());
    }

    [Fact]
    public async Task Learn_TheStoreDecides_BodiesAreUntouched()
    {
        var gateway = await StartAsync("Learn");

        var opened = await NegotiateAsync(gateway);
        var owner = opened.Field("X-Owner")!;

        Assert.Equal(ScriptedExchange.Negotiation("T"), opened.Body);
        Assert.Equal([owner, owner, owner], await OwnersAsync(gateway, "/chat?id=T"));
        Assert.Equal("unknown-id", (await AskAsync(gateway, "GET", "/chat?id=" + TokenOfB)).Field("X-Affinity-Outcome"));
    }

    [Fact]
    public async Task Tag_OnlyTagsDecide_TheRestIsAsWithoutAnId()
    {
        var gateway = await StartAsync("Tag");

        var opened = await NegotiateAsync(gateway);
        var owner = opened.Field("X-Owner")!;

        Assert.Equal([owner, owner, owner], await OwnersAsync(gateway, "/chat?id=" + NegotiateAnswerTests.TokenOf(opened)));
        Assert.Equal(3, (await OwnersAsync(gateway, "/chat?id=T")).Distinct().Count());
        Assert.Equal([owner, owner, owner], await OwnersAsync(gateway, "/chat?id=T", CookieOf(opened)));
        Assert.Equal("bad-tag", (await AskAsync(gateway, "GET", "/chat?id=T.g1AAAAAAAAAAA")).Field("X-Affinity-Outcome"));
    }

    [Fact]
    public async Task Auto_TagFirst_ThenStore_ThenCookie()
    {
        var gateway = await StartAsync("Auto", "--Gateway:Diagnostics:ResponseHeaders=true");

        var version1 = await NegotiateAsync(gateway);
        var version0 = await AskAsync(gateway, "POST", "/chat/negotiate", "Content-Length: 0");
        var cookie = CookieOf(version0);

        Assert.NotEqual(version1.Field("X-Owner"), version0.Field("X-Owner"));
        var byTag = await AskAsync(gateway, "GET", "/chat?id=" + NegotiateAnswerTests.TokenOf(version1), cookie);
        var byStore = await AskAsync(gateway, "GET", "/chat?id=id-" + version0.Field("X-Owner"), CookieOf(version1));
        var byCookie = await AskAsync(gateway, "GET", "/page", cookie);
        var byRouter = await AskAsync(gateway, "GET", "/page");

        Assert.Equal((version1.Field("X-Owner"), "tag"), (byTag.Field("X-Owner"), byTag.Field("X-Affinity-Outcome")));
        Assert.Equal((version0.Field("X-Owner"), "store"), (byStore.Field("X-Owner"), byStore.Field("X-Affinity-Outcome")));
        Assert.Equal((version0.Field("X-Owner"), "cookie"), (byCookie.Field("X-Owner"), byCookie.Field("X-Affinity-Outcome")));
        Assert.Equal("router", byRouter.Field("X-Affinity-Outcome"));
    }

    private async Task<TestGateway> StartAsync(string mode, params string[] options)
    {
        var nodes = "abc".Select(name => StartScripted(name.ToString(), static exchange =>
        {
            var (owner, json) = ("X-Owner: " + exchange.NodeName, "Content-Type: application/json");
            return exchange.Request.Target switch
            {
                "/chat/negotiate?negotiateVersion=1" => exchange.AnswerAsync(200, ScriptedExchange.Negotiation("T"), owner, json),
                "/chat/negotiate" => exchange.AnswerAsync(200, $$"""{"connectionId":"id-{{exchange.NodeName}}"}""", owner, json),
                _ => exchange.AnswerAsync(200, "", owner),
            };
        }));
        return await StartGatewayAsync(nodes, ["--Gateway:Affinity:Mode=" + mode, "--Gateway:Router=round-robin", .. options]);
    }

    private static string CookieOf(RawMessage answer) => "Cookie: " + Assert.Single(answer.All("Set-Cookie")).Split(';')[0];

    private static async Task<string[]> OwnersAsync(TestGateway gateway, string target, params string[] fields)
    {
        var owners = new string[3];
        for (var i = 0; i < owners.Length; i++)
        {
            owners[i] = (await AskAsync(gateway, "GET", target, fields)).Field("X-Owner")!;
        }

        return owners;
    }
}
