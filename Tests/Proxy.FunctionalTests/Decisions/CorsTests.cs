using HubNode;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Decisions;

/// <summary>What the gateway answers by itself carries what the hub's nodes let the page's origin read, and no more.</summary>
public sealed class CorsTests : FunctionalTestBed
{
    private const string Page = "https://page.example";

    private const string UnknownId = "unknown-unknown-unknow";

    private static readonly string[] Fields = ["Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Expose-Headers"];

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("DELETE")]
    public async Task Refusal_OfAnUnknownId_SaysToTheOriginWhatTheNodeWouldSay(string method)
    {
        var node = await StartNodeAsync("a", "--cors-origins", Page);
        var gateway = await StartGatewayAsync([node]);
        var target = $"{HubNodeApp.HubPath}?id={UnknownId}";
        await NegotiateAsync(gateway, HubNodeApp.HubPath, "Origin: " + Page);

        var nodes = await AskAsync(node.Url, method, target, "Origin: " + Page, "Content-Length: 0");
        var own = await AskAsync(gateway, method, target, "Origin: " + Page, "Content-Length: 0");

        Assert.Equal((404, "unknown-id"), (own.Status, own.Field("X-Affinity-Outcome")));
        Assert.Equal([Page, "true", $"{HubNodeApp.NodeHeader},{HubNodeApp.BootIdHeader}"], Fields.Select(own.Field));
        Assert.Equal(Fields.Select(nodes.Field), Fields.Select(own.Field));
        Assert.Equal("Origin", own.Field("Vary"));
        foreach (var other in (string[])["Origin: https://other.example", "X-Other: 1"])
        {
            await NegotiateAsync(gateway, HubNodeApp.HubPath, other);
            AssertNothing(await AskAsync(gateway, method, target, other, "Content-Length: 0"));
        }
    }

    /// <summary>Any origin may read, and the node asks for credentials as well, which no browser takes.</summary>
    [Fact]
    public async Task Refusal_WhereAnyOriginMayRead_NamesNoCredentials()
    {
        var (node, gateway) = await StartAsync("*");

        var own = await AskAsync(gateway, "GET", $"/chat?id={UnknownId}", "Origin: " + Page);

        Assert.Equal((404, "*"), (own.Status, own.Field("Access-Control-Allow-Origin")));
        Assert.Empty(own.All("Access-Control-Allow-Credentials"));
        Assert.Empty(own.All("Vary"));
        Assert.Single(node.Requests);
    }

    [Fact]
    public async Task Refusals_WhenTheNodeIsGone_CanBeRead()
    {
        var (node, gateway) = await StartAsync(Page);
        var token = "T.g1" + Proxy.Requests.Tag.Compute(key: null, "gateway", "a");
        await node.KillAsync();

        AssertReadable(502, await AskAsync(gateway, "GET", "/chat?id=" + token, "Origin: " + Page));
        AssertReadable(502, await NegotiateAsync(gateway, "/chat", "Origin: " + Page));
        await gateway.Admin.DrainAsync("a");
        AssertReadable(503, await NegotiateAsync(gateway, "/chat", "Origin: " + Page));
        AssertReadable(503, await AskAsync(gateway, "OPTIONS", "/chat/negotiate", "Origin: " + Page, "Access-Control-Request-Method: POST"));
        AssertNothing(await AskAsync(gateway, "GET", "/chat?id=" + token, "Origin: https://other.example"));
        AssertNothing(await AskAsync(gateway, "GET", "/page", "Origin: " + Page));
    }

    /// <summary>A gateway that has just been started knows what it hears from the preflight.</summary>
    [Fact]
    public async Task Refusal_AfterAPreflight_CanBeRead()
    {
        var node = StartScripted("a", static exchange => exchange.Request.Method is "OPTIONS"
            ? exchange.AnswerAsync(204, "", "Access-Control-Allow-Origin: " + Page, "Access-Control-Allow-Credentials: true", "Access-Control-Allow-Methods: POST")
            : exchange.Connection.ReadToEndAsync());
        var gateway = await StartGatewayAsync([node], "--Gateway:Negotiate:Deadline=00:00:01");
        Assert.Equal(204, (await AskAsync(gateway, "OPTIONS", "/chat/negotiate", "Origin: " + Page, "Access-Control-Request-Method: POST")).Status);

        AssertReadable(504, await NegotiateAsync(gateway, "/chat", "Origin: " + Page));
    }

    [Fact]
    public async Task Refusal_AfterTheNodeHasTakenItBack_CannotBeRead()
    {
        var allowed = true;
        var node = StartScripted("a", exchange => allowed ? AnswerAsync(exchange, Page) : exchange.AnswerNegotiateAsync("AbCdEfGhIjKlMnOpQr-_09"));
        var gateway = await StartGatewayAsync([node]);
        await NegotiateAsync(gateway, "/chat", "Origin: " + Page);
        AssertReadable(404, await AskAsync(gateway, "GET", $"/chat?id={UnknownId}", "Origin: " + Page));

        allowed = false;
        await NegotiateAsync(gateway, "/chat", "Origin: " + Page);

        AssertNothing(await AskAsync(gateway, "GET", $"/chat?id={UnknownId}", "Origin: " + Page));
    }

    [Theory]
    [InlineData(true, 200)]
    [InlineData(false, 204)]
    public async Task Poll_ThatTheGatewayEnds_CanBeRead(bool stops, int status)
    {
        var node = await StartNodeAsync("a", "--cors-origins", Page);
        var gateway = await StartGatewayAsync([node]);
        var answer = await NegotiateAsync(gateway, HubNodeApp.HubPath, "Origin: " + Page);
        var target = $"{HubNodeApp.HubPath}?id={Forwarding.NegotiateAnswerTests.TokenOf(answer)}";
        await AskAsync(gateway, "GET", target, "Origin: " + Page); // the first poll opens the connection
        var poll = AskAsync(gateway, "GET", target, "Origin: " + Page);
        await Eventually.HoldsAsync(() => AtNodes.Requests.Count(request => request is { Site: "a", Method: "GET", Id.Length: > 0 }) == 2);

        if (stops)
        {
            await gateway.StopAsync();
        }
        else
        {
            await gateway.Admin.DrainAsync("a", new { mode = "cut" });
        }

        AssertReadable(status, await poll);
    }

    private static void AssertReadable(int status, RawMessage own)
    {
        Assert.Equal((status, Page), (own.Status, own.Field("Access-Control-Allow-Origin")));
        Assert.Equal("true", own.Field("Access-Control-Allow-Credentials"));
        Assert.Equal("Origin", own.Field("Vary"));
    }

    private static void AssertNothing(RawMessage own)
    {
        Assert.InRange(own.Status, 400, 599);
        Assert.DoesNotContain(own.Lines, line => line.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
        Assert.Empty(own.All("Vary"));
    }

    private static Task AnswerAsync(ScriptedExchange exchange, string allowed) => exchange.AnswerAsync(
        200, ScriptedExchange.Negotiation("AbCdEfGhIjKlMnOpQr-_09"), "Content-Type: application/json", "Access-Control-Allow-Origin: " + allowed,
        "Access-Control-Allow-Credentials: true");

    // A gateway that has seen the page of another origin negotiate.
    private async Task<(ScriptedNode Node, TestGateway Gateway)> StartAsync(string allowed)
    {
        var node = StartScripted("a", exchange => AnswerAsync(exchange, allowed));
        var gateway = await StartGatewayAsync([node]);
        await NegotiateAsync(gateway, "/chat", "Origin: " + Page);
        return (node, gateway);
    }
}
