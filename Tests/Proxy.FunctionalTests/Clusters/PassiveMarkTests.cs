using System.Net;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Clusters;

/// <summary>What real requests say about a node, besides its probes.</summary>
public sealed class PassiveMarkTests : FunctionalTestBed
{
    [Fact]
    public async Task Connect_RefusedOnce_MarksTheNodeAtOnce()
    {
        var gateway = await StartPairAsync(await StartDeadAsync("a"), StartScripted("b"));
        var admin = OpenAdmin(gateway);
        Assert.True((await NodeAsync(admin, "a")).GetProperty("online").GetBoolean());

        await AskAsync(gateway, "GET", "/page");

        var node = await NodeAsync(admin, "a");
        Assert.Equal("unhealthy", node.GetProperty("health").GetProperty("passive").GetString());
        Assert.False(node.GetProperty("online").GetBoolean());
    }

    [Fact]
    public async Task Negotiates_TwoUnavailableInARow_MarkTheNode()
    {
        var first = StartScripted("a", static exchange => exchange.AnswerAsync(503));
        var gateway = await StartPairAsync(first, StartScripted("b", static exchange => exchange.AnswerNegotiateAsync("T")));
        var admin = OpenAdmin(gateway);

        await NegotiateAsync(gateway);
        Assert.True((await NodeAsync(admin, "a")).GetProperty("online").GetBoolean());
        await NegotiateAsync(gateway);
        Assert.False((await NodeAsync(admin, "a")).GetProperty("online").GetBoolean());
        await NegotiateAsync(gateway);

        Assert.Equal(2, first.Requests.Count);
    }

    [Fact]
    public async Task Negotiates_AGoodOneBetween_DoNotMark()
    {
        var count = 0;
        var first = StartScripted("a", exchange => ++count % 2 == 1 ? exchange.AnswerAsync(503) : exchange.AnswerNegotiateAsync("T"));
        var gateway = await StartPairAsync(first, StartScripted("b", static exchange => exchange.AnswerNegotiateAsync("U")));
        var admin = OpenAdmin(gateway);

        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(200, (await NegotiateAsync(gateway)).Status);
        }

        Assert.True((await NodeAsync(admin, "a")).GetProperty("online").GetBoolean());
        Assert.Equal(6, first.Requests.Count);
    }

    /// <summary>An error of the application says nothing about the node.</summary>
    [Fact]
    public async Task Errors_OfTheApplication_DoNotMark()
    {
        var first = StartScripted("a", static exchange => exchange.AnswerAsync(exchange.Request.Method is "POST" ? 500 : 503));
        var gateway = await StartPairAsync(first, StartScripted("b"));

        for (var i = 0; i < 4; i++)
        {
            await NegotiateAsync(gateway);
            await AskAsync(gateway, "GET", "/page");
        }

        Assert.Equal(8, first.Requests.Count);
        Assert.True((await NodeAsync(OpenAdmin(gateway), "a")).GetProperty("online").GetBoolean());
    }

    [Fact]
    public async Task LastNode_WhateverFails_StaysInTheChoice()
    {
        var node = StartScripted("a", static exchange => exchange.AnswerAsync(503, "first"));
        var gateway = await StartGatewayAsync([node]);
        var admin = OpenAdmin(gateway);

        for (var i = 0; i < 4; i++)
        {
            Assert.Equal("first", (await NegotiateAsync(gateway)).Body);
        }

        Assert.True((await NodeAsync(admin, "a")).GetProperty("online").GetBoolean());
        using var ready = await admin.GetAsync(new Uri("/healthz/ready", UriKind.Relative), Cancel);
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
    }

    [Fact]
    public async Task Probes_OfAllNodesFail_NewConnectionsGet503AndOldOnesTheirOwner()
    {
        var alive = true;
        var node = StartScripted("a", exchange => exchange.Request.Target is "/"
            ? exchange.AnswerAsync(Volatile.Read(ref alive) ? 200 : 500)
            : exchange.Request.Method is "POST" ? exchange.AnswerNegotiateAsync("T") : exchange.AnswerNameAsync());
        var gateway = await StartGatewayAsync([node], "--Gateway:Health:Probe=http", "--Gateway:Health:Interval=00:00:00.1");
        var token = Forwarding.NegotiateAnswerTests.TokenOf(await NegotiateAsync(gateway));

        Volatile.Write(ref alive, false);
        var admin = OpenAdmin(gateway);
        await Eventually.HoldsAsync(async () => !(await NodeAsync(admin, "a")).GetProperty("online").GetBoolean());
        var refused = await NegotiateAsync(gateway);
        var owned = await AskAsync(gateway, "GET", "/chat?id=" + token);
        using var ready = await admin.GetAsync(new Uri("/healthz/ready", UriKind.Relative), Cancel);

        Assert.Equal(503, refused.Status);
        Assert.Equal("no-node-online", refused.Field("X-Affinity-Outcome"));
        Assert.Equal("1", refused.Field("Retry-After"));
        Assert.Equal("a", owned.Body);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);

        Volatile.Write(ref alive, true);
        await Eventually.HoldsAsync(async () => (await NegotiateAsync(gateway)).Status == 200);
    }

    /// <summary>Without probes nobody would ever say otherwise.</summary>
    [Fact]
    public async Task Mark_OfANodeThatIsNotProbed_EndsByItself()
    {
        var gateway = await StartPairAsync(await StartDeadAsync("a"), StartScripted("b"));
        var admin = OpenAdmin(gateway);
        await AskAsync(gateway, "GET", "/page");

        await Eventually.HoldsAsync(async () => (await NodeAsync(admin, "a")).GetProperty("online").GetBoolean());
    }
}
