using Microsoft.Playwright;
using Tests.Common;
using Xunit;

namespace EndToEndTests.Clients;

/// <summary>One Chromium for the tests of a class; each test has its own context, and so its own cookies.</summary>
public sealed class Browser : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        var chromium = Requirement.Chromium();
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = chromium,
            // No sandbox: the tests may run as root, in a container. The last one says what a private context does by itself.
            // The others keep it off the network.
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
                "--test-third-party-cookie-phaseout",
            ],
        });
    }

    public async Task<IPage> OpenAsync(Uri address)
    {
        var page = await NewPageAsync();
        await page.GotoAsync(address.AbsoluteUri);
        return page;
    }

    /// <summary>An empty page.</summary>
    public async Task<IPage> NewPageAsync(BrowserNewContextOptions? options = null)
    {
        options ??= new BrowserNewContextOptions();
        options.IgnoreHTTPSErrors = true;
        var context = await _browser!.NewContextAsync(options);
        return await context.NewPageAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }
}
