using System.Net.Http.Json;
using System.Text.Json;
using EndToEndTests.Clients;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Playwright;
using Tests.Common;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace EndToEndTests.Dashboard;

/// <summary>The dashboard shows what the admin API knows, and asks nobody else.</summary>
public sealed class DashboardTests(Browser browser) : DashboardTestBed(browser)
{
    private const string Key = "only-this-test-knows-it";

    [Fact]
    public async Task Page_NodeKilled_ShowsItAsDownWithinThreeSeconds()
    {
        var nodes = await Task.WhenAll(StartNodeProcessAsync("a"), StartNodeProcessAsync("b"));
        var gateway = await StartGatewayAsync(nodes, "--Gateway:Health:Interval=00:00:00.5");
        var page = await OpenDashboardAsync(gateway.Admin.Url);
        await ExpectStatusAsync(page, "a", "online");
        await ExpectStatusAsync(page, "b", "online");

        await nodes[1].KillAsync();

        await ExpectStatusAsync(page, "b", "down", within: 3_000);
        await Expect(Card(page, "b").Locator(".fault")).ToBeVisibleAsync(); // what its probes meet
        await Expect(page.Locator("#online")).ToHaveTextAsync("1 of 2");
        await ExpectStatusAsync(page, "a", "online");
    }

    [Fact]
    public async Task Page_Drain_ShowsItsProgressUntilResumed()
    {
        var gateway = await StartGatewayAsync(await StartNodesAsync("a", "b"), "--Gateway:Router=round-robin");
        var clients = await StartClientsAsync(gateway, 6, HttpTransportType.ServerSentEvents); // whose ids end with them
        var ofA = await OfNodeAsync(clients, "a");
        var page = await OpenDashboardAsync(gateway.Admin.Url);

        await Card(page, "a").GetByRole(AriaRole.Button, new() { Name = "Drain node a" }).ClickAsync();
        await page.SelectOptionAsync("#drain-mode", "wait");
        await page.Locator("#drain-dialog [type=submit]").ClickAsync();

        await ExpectStatusAsync(page, "a", "draining");
        Assert.Equal("draining", await gateway.Admin.StateOfAsync("a"));
        await Expect(Card(page, "a")).ToContainTextAsync("3 ids left");
        for (var left = ofA.Count - 1; left >= 0; left--)
        {
            await ofA[left].DisposeAsync();
            await Expect(Card(page, "a")).ToContainTextAsync(left == 1 ? "1 id left" : $"{left} ids left");
            Assert.InRange(await Card(page, "a").GetByLabel("Progress of the drain").EvaluateAsync<double>("e => e.value"), (3.0 - left) / 3 - .01,
                (3.0 - left) / 3 + .01);
        }

        await Card(page, "a").GetByRole(AriaRole.Button, new() { Name = "Resume node a" }).ClickAsync();
        await page.Locator("#resume-dialog [type=submit]").ClickAsync();

        await ExpectStatusAsync(page, "a", "online");
        Assert.Equal("open", await gateway.Admin.StateOfAsync("a"));
        Assert.Empty(Complaints);
    }

    [Fact]
    public async Task Page_DrainCancelled_ChangesNothing()
    {
        var gateway = await StartGatewayAsync(await StartNodesAsync("a"));
        var page = await OpenDashboardAsync(gateway.Admin.Url);

        await page.GetByRole(AriaRole.Button, new() { Name = "Drain node a" }).ClickAsync();
        await Expect(page.Locator("#drain-title")).ToHaveTextAsync("Drain node a?");
        await page.Locator("#drain-dialog").GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();

        await Expect(page.Locator("#drain-dialog")).ToBeHiddenAsync();
        Assert.Equal("open", await gateway.Admin.StateOfAsync("a"));
    }

    [Fact]
    public async Task Page_IdGiven_ShowsItsNode()
    {
        var gateway = await StartGatewayAsync(await StartNodesAsync("a", "b"));
        using var http = new HttpClient();
        using var answer = await http.PostAsync(Hub(gateway.Url) + "/negotiate?negotiateVersion=1", content: null, Cancel);
        var id = (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("connectionToken").GetString()!;
        var owner = answer.Headers.GetValues("X-Hub-Node").Single();
        var page = await OpenDashboardAsync(gateway.Admin.Url);

        await FindAsync(page, id);
        await Expect(page.Locator("#find-answer .verdict")).ToHaveAttributeAsync("data-node", owner);
        await Expect(page.Locator("#find-answer .verdict")).ToHaveAttributeAsync("data-outcome", "tag");
        var hash = await page.Locator("#find-answer [data-fact=id] dd").InnerTextAsync();
        await FindAsync(page, hash);
        await Expect(page.Locator("#find-answer .verdict")).ToHaveAttributeAsync("data-node", owner);
        await FindAsync(page, "nobody's id");
        await Expect(page.Locator("#find-answer .verdict")).ToHaveAttributeAsync("data-outcome", "unknown-id");
    }

    [Fact]
    public async Task Page_Explain_ShowsStepsAndShares()
    {
        var gateway = await StartGatewayAsync(await StartNodesAsync("a", "b"));
        var page = await OpenDashboardAsync(gateway.Admin.Url);

        await page.Locator("#explain").GetByLabel("URL").FillAsync("/hub/negotiate?negotiateVersion=1");
        await page.Locator("#explain").GetByRole(AriaRole.Button).ClickAsync();

        await Expect(page.Locator("#explain-answer .verdict")).ToHaveAttributeAsync("data-outcome", "router");
        await Expect(page.Locator("#explain-answer .candidates li")).ToHaveTextAsync(["a50 %", "b50 %"]);
        await Expect(page.Locator("#explain-answer .steps li", new() { HasText = "classify" })).ToContainTextAsync("negotiate");
        await Expect(page.Locator("[data-outcome=router] .number")).ToHaveTextAsync("0"); // nothing was sent or counted
    }

    [Fact]
    public async Task Page_ExplainOfMarkup_ShowsItAsText()
    {
        const string Markup = "<img src=x onerror=document.title='taken'>";
        var gateway = await StartGatewayAsync(await StartNodesAsync("a"));
        var page = await OpenDashboardAsync(gateway.Admin.Url);
        var images = await page.Locator("img").CountAsync();

        await page.Locator("#explain").GetByLabel("URL").FillAsync("/hub/negotiate");
        await page.Locator("#explain").GetByLabel("Headers").FillAsync("no header " + Markup);
        await page.Locator("#explain").GetByRole(AriaRole.Button).ClickAsync();

        await Expect(page.Locator("#explain-answer")).ToContainTextAsync(Markup);
        Assert.Equal(images, await page.Locator("img").CountAsync());
        Assert.Equal("Sticky SignalR gateway", await page.TitleAsync());
    }

    [Fact]
    public async Task Page_Decisions_FlowUntilPaused()
    {
        var gateway = await StartGatewayAsync(await StartNodesAsync("a"));
        var page = await OpenDashboardAsync(gateway.Admin.Url);
        await Expect(page.Locator("#decisions-fault")).ToBeHiddenAsync();

        await StartClientsAsync(gateway, 1);
        await Expect(page.Locator("#decisions li[data-outcome=router]").First).ToContainTextAsync("negotiate /hub/negotiate");
        await page.ClickAsync("#pause");
        var shown = await page.Locator("#decisions li").CountAsync();
        await StartClientsAsync(gateway, 1);
        await Expect(page.Locator("#decisions-state")).ToContainTextAsync("not shown");
        Assert.Equal(shown, await page.Locator("#decisions li").CountAsync());
        await page.ClickAsync("#pause");
        await StartClientsAsync(gateway, 1);
        var file = await page.RunAndWaitForDownloadAsync(() => page.ClickAsync("#download"));

        Assert.Equal("decisions.json", file.SuggestedFilename);
        await Expect(page.Locator("#decisions li")).Not.ToHaveCountAsync(shown);
    }

    [Fact]
    public async Task Page_ReloadRejected_ShowsWhyUntilMended()
    {
        var file = Path.GetTempFileName();
        Own(new TemporaryFile(file));
        await File.WriteAllTextAsync(file, """{"Gateway":{"Router":"weighted"}}""", Cancel);
        var gateway = await StartGatewayAsync(await StartNodesAsync("a"), "--config", file);
        gateway.Log.Expect(entry => entry.Message.Contains("weigthed", StringComparison.Ordinal));
        var page = await OpenDashboardAsync(gateway.Admin.Url);
        await Expect(page.Locator("#configuration")).ToHaveTextAsync("Good");
        await Expect(page.Locator("#rejected")).ToBeHiddenAsync();

        await File.WriteAllTextAsync(file, """{"Gateway":{"Router":"weigthed"}}""", Cancel);
        await Expect(page.Locator("#rejected li")).ToContainTextAsync("Gateway:Router is 'weigthed'", new() { Timeout = 15_000 });
        await Expect(page.Locator("#configuration")).ToHaveTextAsync("Rejected");
        await ExpectStatusAsync(page, "a", "online");
        await File.WriteAllTextAsync(file, """{"Gateway":{"Router":"random"}}""", Cancel);

        await Expect(page.Locator("#configuration")).ToHaveTextAsync("Good", new() { Timeout = 15_000 });
        await Expect(page.Locator("#rejected")).ToBeHiddenAsync();
        await Expect(page.Locator("#facts")).ToContainTextAsync("router random");
    }

    [Fact]
    public async Task Page_EverythingUsed_AsksItsOwnListenerOnly()
    {
        var gateway = await StartGatewayAsync(await StartNodesAsync("a"));
        var page = await OpenDashboardAsync(gateway.Admin.Url);
        await ExpectLiveAsync(page);

        await page.Locator("#explain").GetByRole(AriaRole.Button).ClickAsync();
        await Expect(page.Locator("#explain-answer .verdict")).ToBeVisibleAsync();
        await FindAsync(page, "nobody");
        await Expect(page.Locator("#find-answer .verdict")).ToBeVisibleAsync();
        await page.Locator("#check").GetByLabel("Public address").FillAsync(Hub(gateway.Url).AbsoluteUri);
        await page.SelectOptionAsync("#check [name=idle]", "00:00:00");
        await page.Locator("#check").GetByRole(AriaRole.Button).ClickAsync();
        await Expect(page.Locator("#check-answer .verdict")).ToHaveAttributeAsync("data-verdict", "good", new() { Timeout = 20_000 });

        Assert.All(Asked, url => Assert.Equal(gateway.Admin.Url.Authority, new Uri(url).Authority));
        Assert.DoesNotContain(Asked, url => !url.StartsWith("http", StringComparison.Ordinal));
        Assert.All(Complaints, complaint => Assert.Contains("404", complaint)); // the id that nobody knows
    }

    [Fact]
    public async Task Page_OneEndpointFails_SaysSoAndShowsTheRest()
    {
        var gateway = await StartGatewayAsync(await StartNodesAsync("a"));
        var page = await OpenDashboardAsync(gateway.Admin.Url);
        await ExpectLiveAsync(page);

        await page.RouteAsync("**/affinity", route => route.FulfillAsync(new() { Status = 500, Body = "{\"error\":\"<b>out of order</b>\"}" }));
        await Expect(page.Locator("#summary-fault")).ToContainTextAsync("<b>out of order</b>");
        await Expect(page.Locator("#link")).ToHaveAttributeAsync("data-state", "partly");
        await ExpectStatusAsync(page, "a", "online");
        await page.RouteAsync("**/nodes", route => route.AbortAsync());
        await Expect(page.Locator("#nodes-fault")).ToContainTextAsync("the gateway does not answer");
        await Expect(page.Locator("#link")).ToHaveAttributeAsync("data-state", "lost");
        await page.UnrouteAllAsync();

        await ExpectLiveAsync(page);
        await Expect(page.Locator("#nodes-fault")).ToBeHiddenAsync();
        await Expect(page.Locator("#summary-fault")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Page_KeyNeeded_AsksOnceAndKeepsItForTheTab()
    {
        var gateway = await StartGatewayAsync(await StartNodesAsync("a"), "--Gateway:Admin:ApiKey=" + Key);
        var page = await OpenDashboardAsync(gateway.Admin.Url);

        await Expect(page.Locator("#key-dialog")).ToBeVisibleAsync();
        await page.FillAsync("#key", "another");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#key-dialog .fault")).ToBeVisibleAsync();
        await page.FillAsync("#key", Key);
        await page.Keyboard.PressAsync("Enter");

        await ExpectLiveAsync(page);
        await Expect(page.Locator("#key-dialog")).ToBeHiddenAsync();
        await Expect(page.Locator("#decisions-fault")).ToBeHiddenAsync();
        await page.ReloadAsync();
        await ExpectLiveAsync(page);
        await Expect(page.Locator("#key-dialog")).ToBeHiddenAsync();
        Assert.DoesNotContain(Asked, url => url.Contains(Key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Page_Keyboard_ReachesDrainAndCancels()
    {
        var gateway = await StartGatewayAsync(await StartNodesAsync("a"));
        var page = await OpenDashboardAsync(gateway.Admin.Url);
        await ExpectStatusAsync(page, "a", "online");

        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("Skip to the nodes", await FocusedAsync(page));
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("Drain", await FocusedAsync(page));
        Assert.NotEqual("none", await page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle"));
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#drain-dialog")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");

        await Expect(page.Locator("#drain-dialog")).ToBeHiddenAsync();
        Assert.Equal("Drain", await FocusedAsync(page)); // back where one was
    }

    [Fact]
    public async Task Page_EveryField_HasALabel()
    {
        var gateway = await StartGatewayAsync(await StartNodesAsync("a"));
        var page = await OpenDashboardAsync(gateway.Admin.Url);

        var unnamed = await page.EvaluateAsync<string[]>(
            "[...document.querySelectorAll('input, select, textarea')].filter(field => !field.labels?.length).map(field => field.outerHTML)");

        Assert.Empty(unnamed);
    }

    [Fact]
    public async Task Page_OnAPhone_DoesNotScrollSideways()
    {
        var gateway = await StartGatewayAsync(await StartNodesAsync("a", "b-with-a-name-that-is-longer-than-most-phones-are-wide"));
        await StartClientsAsync(gateway, 3);
        var page = await OpenDashboardAsync(
            gateway.Admin.Url, new() { ViewportSize = new() { Width = 360, Height = 740 }, DeviceScaleFactor = 2, IsMobile = true, HasTouch = true });
        await ExpectLiveAsync(page);
        await page.Locator("#explain").GetByRole(AriaRole.Button).ClickAsync();
        await Expect(page.Locator("#explain-answer .verdict")).ToBeVisibleAsync();

        var (width, shown) = (await page.EvaluateAsync<int>("document.documentElement.scrollWidth"), await page.EvaluateAsync<int>("window.innerWidth"));

        Assert.Equal(360, shown);
        Assert.InRange(width, 1, shown);
    }

    [Theory]
    [InlineData(ColorScheme.Dark, true)]
    [InlineData(ColorScheme.Light, false)]
    public async Task Page_ColorScheme_IsTheReaders(ColorScheme scheme, bool isDark)
    {
        var gateway = await StartGatewayAsync(await StartNodesAsync("a"));
        var page = await OpenDashboardAsync(gateway.Admin.Url, new() { ColorScheme = scheme });
        await ExpectLiveAsync(page);

        Assert.Equal(isDark, await BrightnessAsync(page, "body", "backgroundColor") < 128);
        Assert.Equal(isDark, await BrightnessAsync(page, "article", "backgroundColor") < 128);
        Assert.Equal(isDark, await BrightnessAsync(page, "article h3", "color") > 128);
    }

    private static async Task<double> BrightnessAsync(IPage page, string selector, string property) => await page.Locator(selector).First.EvaluateAsync<double>(
        "(element, property) => getComputedStyle(element)[property].match(/[0-9.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3", property);

    private static Task<string> FocusedAsync(IPage page) => page.EvaluateAsync<string>("document.activeElement.textContent");

    private static async Task FindAsync(IPage page, string id)
    {
        await page.Locator("#find").GetByLabel("Id or hash").FillAsync(id);
        await page.Locator("#find").GetByRole(AriaRole.Button).ClickAsync();
        await Expect(page.Locator("#find button")).ToBeEnabledAsync();
    }

    private static async Task<List<HubConnection>> OfNodeAsync(IEnumerable<HubConnection> clients, string node)
    {
        var found = new List<HubConnection>();
        foreach (var client in clients)
        {
            if ((await client.InvokeAsync<HubNode.HubCaller>("WhoAmI", Cancel)).Node == node)
            {
                found.Add(client);
            }
        }

        return found;
    }

    private Task<TestNode[]> StartNodesAsync(params string[] names) => Task.WhenAll(names.Select(name => StartNodeAsync(name)));

    private async Task<List<HubConnection>> StartClientsAsync(TestGateway gateway, int count, HttpTransportType transport = HttpTransportType.WebSockets)
    {
        var clients = new List<HubConnection>();
        for (var i = 0; i < count; i++)
        {
            clients.Add(await StartHubConnectionAsync(gateway.Url, transport));
        }

        return clients;
    }
}
