using EndToEndTests.Clients;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Playwright;
using Tests.Common;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace EndToEndTests.Dashboard;

/// <summary>Takes the picture of the dashboard that the README shows.</summary>
/// <remarks>With <c>DASHBOARD_PICTURE=docs/images/dashboard.png</c> in the environment it is written there, below the repository's root.</remarks>
public sealed class DashboardPictureTests(Browser browser) : DashboardTestBed(browser)
{
    private const string FileVariable = "DASHBOARD_PICTURE";
    private const int MostBytes = 200 * 1024;

    private static readonly HttpTransportType[] Transports =
        [HttpTransportType.WebSockets, HttpTransportType.WebSockets, HttpTransportType.ServerSentEvents, HttpTransportType.LongPolling,
            HttpTransportType.WebSockets];

    private readonly List<HubConnection> _clients = [];

    [Fact]
    public async Task Picture_ThreeNodesOneDraining_ShowsThemAndIsSmall()
    {
        var nodes = await Task.WhenAll(((string[])["hub-1", "hub-2", "hub-3"]).Select(name => StartNodeAsync(name, "--capacity", "24", "--poll-timeout", "5")));
        var gateway = await StartGatewayAsync(nodes, "--Gateway:Health:Path=/health", "--Gateway:Router=least-connections");
        var page = await OpenDashboardAsync(gateway.Admin.Url, new() { ViewportSize = new() { Width = 1180, Height = 900 } });
        await ExpectLiveAsync(page);
        await page.Clock.InstallAsync(); // a second of the page's passes when the test says so
        await page.ReloadAsync();

        await ActAsync(gateway, page);

        await ExpectStatusAsync(page, "hub-2", "draining");
        await Expect(Card(page, "hub-2").GetByLabel("Progress of the drain")).ToBeVisibleAsync();
        await Expect(page.Locator("#decisions li.refusal").First).ToBeVisibleAsync();
        var picture = await page.ScreenshotAsync(new() { Animations = ScreenshotAnimations.Disabled });
        Assert.InRange(picture.Length, 1, MostBytes);
        Assert.Empty(Complaints);
        if (Environment.GetEnvironmentVariable(FileVariable) is { Length: > 0 } file)
        {
            await File.WriteAllBytesAsync(Path.Combine(SolutionLayout.Root, file), picture, Cancel);
        }
    }

    // In turn at each of three nodes.
    private static HttpTransportType TransportOf(int client) => Transports[client / 3 % Transports.Length];

    private static async Task PassAsync(IPage page, int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            // A second during which the page still waits for its last look brings no new one: another second has to pass.
            var look = page.WaitForResponseAsync(response => response.Url.EndsWith("/nodes", StringComparison.Ordinal));
            await Eventually.HoldsAsync(async () =>
            {
                await page.Clock.RunForAsync(look.IsCompleted ? 0 : 1_000);
                return look.IsCompleted;
            });
            await look;
        }
    }

    private async Task ActAsync(TestGateway gateway, IPage page)
    {
        for (var i = 0; i < 30; i++)
        {
            _clients.Add(await StartHubConnectionAsync(gateway.Url, TransportOf(i)));
            await PassAsync(page, 1);
            if (i % 7 == 6)
            {
                await _clients[i - 5].DisposeAsync(); // the curves go down now and then
            }
        }

        using var http = new HttpClient();
        foreach (var id in (string[])["a-token-from-elsewhere", "IBwkivt4TpdwXhpbjnI7lg.g1AAAAAAAAAAA"])
        {
            using var refused = await http.GetAsync($"{Hub(gateway.Url)}?id={id}", Cancel);
        }

        await gateway.Admin.DrainAsync("hub-2", new { mode = "wait" });
        await PassAsync(page, 2);
        foreach (var client in _clients.Where((_, i) => TransportOf(i) is HttpTransportType.ServerSentEvents).Take(4))
        {
            await client.DisposeAsync();
            await PassAsync(page, 1);
        }

        await PassAsync(page, 2);
    }
}
