using System.Collections.Concurrent;
using EndToEndTests.Clients;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace EndToEndTests.Dashboard;

/// <summary>Opens the dashboard in Chromium and watches what it asks for and what it complains about.</summary>
public abstract class DashboardTestBed(Browser browser) : EndToEndTestBed, IClassFixture<Browser>
{
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly ConcurrentQueue<string> _complaints = new();

    /// <summary>URLs of everything that the page has asked for.</summary>
    protected IReadOnlyCollection<string> Asked => _requests;

    /// <summary>Errors of the page's script, and what its content security policy has blocked.</summary>
    protected IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>Opens the dashboard and waits until it shows the gateway's state.</summary>
    private protected async Task<IPage> OpenDashboardAsync(Uri admin, BrowserNewContextOptions? options = null)
    {
        var page = await browser.NewPageAsync(options);
        page.Request += (_, request) => _requests.Enqueue(request.Url);
        page.PageError += (_, error) => _complaints.Enqueue(error);
        page.Console += (_, message) =>
        {
            if (message.Type is "error")
            {
                _complaints.Enqueue(message.Text);
            }
        };
        await page.GotoAsync(admin.AbsoluteUri);
        return page;
    }

    private protected static Task ExpectLiveAsync(IPage page) =>
        Expect(page.Locator("#link")).ToHaveAttributeAsync("data-state", "live", new() { Timeout = 10_000 });

    private protected static ILocator Card(IPage page, string node) => page.Locator($"article[data-node='{node}']");

    private protected static Task ExpectStatusAsync(IPage page, string node, string status, float within = 10_000)
        => Expect(Card(page, node)).ToHaveAttributeAsync("data-status", status, new() { Timeout = within });
}
