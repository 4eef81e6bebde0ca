using EndToEndTests.Clients;
using Microsoft.Playwright;
using Tests.Common;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace EndToEndTests;

/// <summary>The chat page of the sample node in Chromium: from the gateway itself, and from another site whose cookies the browser blocks.</summary>
public sealed class ChatPageTests(Browser browser) : EndToEndTestBed, IClassFixture<Browser>
{
    public static TheoryData<string, string, bool> Transports => new()
    {
        { "auto", "web_sockets", false },
        { "WebSockets", "web_sockets", true },
        { "ServerSentEvents", "server_sent_events", false },
        { "LongPolling", "long_polling", false },
    };

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Page_SameOrigin_Chats(string transport, string used, bool skipNegotiation)
    {
        var gateway = await StartGatewayAsync(await StartTwoNodesAsync());
        var page = await browser.OpenAsync(gateway.Url);

        var node = await ConnectAsync(page, transport, used, skipNegotiation);
        await ChatAsync(page, node);
        await page.ReloadAsync();

        Assert.Equal(node, await ConnectAsync(page, transport, used, skipNegotiation)); // by its cookie
        AssertCleanly();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Page_OfAnotherSite_ChatsWithoutCookies(string transport, string used, bool skipNegotiation)
    {
        var site = await StartNodeAsync("site"); // serves the page only
        var origin = new UriBuilder(site.Url) { Host = "localhost" }.Uri;
        // A cookie that only the browser's setting keeps away, not its own attributes.
        string[] cookie = ["--Gateway:Affinity:Cookie:SameSite=None", "--Gateway:Affinity:Cookie:SecurePolicy=Always"];
        var nodes = await StartTwoNodesAsync("--cors-origins", origin.GetLeftPart(UriPartial.Authority));
        var gateway = await StartGatewayAsync(nodes, [.. cookie, .. Own(new TestCertificate()).KestrelOptions]);
        var page = await browser.OpenAsync(origin);
        await page.FillAsync("#hub-url", Hub(gateway.Url).AbsoluteUri);

        var node = await ConnectAsync(page, transport, used, skipNegotiation);
        await ChatAsync(page, node);

        Assert.Contains(AtGateway.Requests, request => request.SetCookie.Contains("SameSite=None", StringComparison.OrdinalIgnoreCase));
        Assert.All(AtGateway.Requests, request => Assert.Equal("", request.Cookies));
        AssertCleanly();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Page_OverHttps_Chats(string transport, string used, bool skipNegotiation)
    {
        var gateway = await StartGatewayAsync(await StartTwoNodesAsync(), Own(new TestCertificate()).KestrelOptions);
        var page = await browser.OpenAsync(gateway.Url);

        var node = await ConnectAsync(page, transport, used, skipNegotiation); // over HTTP/2, WebSockets too
        await ChatAsync(page, node);

        AssertCleanly();
    }

    /// <summary>Two pages on two nodes, one of them in a group: what arrives where is what the page says.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Page_WithAndWithoutBackplane_SaysWhomAMessageReaches(bool hasBackplane)
    {
        var redis = Own(new RedisProcess());
        await redis.StartAsync();
        var nodes = await StartTwoNodesAsync(hasBackplane ? [$"--Redis:Configuration={redis.Address}"] : []);
        var gateway = await StartGatewayAsync(nodes, "--Gateway:Router=round-robin");
        var (first, second) = (await browser.OpenAsync(gateway.Url), await browser.OpenAsync(gateway.Url));
        Assert.NotEqual(await ConnectAsync(first, "auto", "web_sockets", false), await ConnectAsync(second, "auto", "web_sockets", false));

        await second.FillAsync("#group", "friends");
        await second.ClickAsync("#join");
        await Expect(second.Locator("#join")).ToHaveTextAsync("Leave");
        await first.FillAsync("#group", "friends");
        foreach (var (text, toGroup) in new[] { ("to friends", true), ("to all", false) })
        {
            await first.SetCheckedAsync("#to-group", toGroup);
            await first.FillAsync("#message", text);
            await first.ClickAsync("#send");
            await Expect(first.Locator("#message")).ToHaveValueAsync("");
        }

        await Expect(Message(first, "to all")).ToBeVisibleAsync();
        await Expect(Message(first, "to friends")).ToHaveCountAsync(0); // not in the group
        if (hasBackplane)
        {
            await Expect(Message(second, "to friends")).ToBeVisibleAsync();
            await Expect(Message(second, "to all")).ToBeVisibleAsync();
        }
        else
        {
            await ChatAsync(second, await second.Locator("#node").InnerTextAsync());
            await Expect(Message(second, "to ")).ToHaveCountAsync(0);
        }

        foreach (var page in new[] { first, second })
        {
            await Expect(page.Locator("#reach")).ToContainTextAsync(hasBackplane ? "the clients of all nodes" : "the clients of this node only");
        }

        static ILocator Message(IPage page, string text) => page.Locator("#messages li[data-node]", new() { HasText = text });
    }

    private static async Task<string> ConnectAsync(IPage page, string transport, string used, bool skipNegotiation)
    {
        if (await page.Locator("#script-missing").IsVisibleAsync())
        {
            throw new InvalidOperationException(await page.Locator("#script-missing").InnerTextAsync());
        }

        await page.SelectOptionAsync("#transport", transport);
        await page.SetCheckedAsync("#skip-negotiation", skipNegotiation, new PageSetCheckedOptions { Force = true });
        await page.ClickAsync("#connect");
        await Expect(page.Locator("#status")).ToHaveAttributeAsync("data-state", "connected", new() { Timeout = 20_000 });
        await Expect(page.Locator("#transport-used")).ToHaveTextAsync(used);
        return await page.Locator("#node").InnerTextAsync();
    }

    private static async Task ChatAsync(IPage page, string node)
    {
        await page.FillAsync("#user", "me");
        foreach (var text in (string[])["first", "second", "third"])
        {
            await page.FillAsync("#message", text);
            await page.ClickAsync("#send");
            await Expect(page.Locator($"#messages li[data-node='{node}']", new() { HasText = text })).ToBeVisibleAsync();
            await Expect(page.Locator("#message")).ToHaveValueAsync(""); // emptied when the hub has answered
        }

        await Expect(page.Locator("#reconnects")).ToHaveTextAsync("0");
    }

    private Task<TestNode[]> StartTwoNodesAsync(params string[] options)
        => Task.WhenAll(((string[])["a", "b"]).Select(name => StartNodeAsync(name, ["--poll-timeout", "2", .. options])));

    private void AssertCleanly()
    {
        AtNodes.AssertEachConnectionOnOneSite();
        AtNodes.AssertNoAffinityErrors();
        AtGateway.AssertNoAffinityErrors();
    }
}
