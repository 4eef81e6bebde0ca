using EndToEndTests.Clients;
using Microsoft.Playwright;
using Tests.Common;
using Xunit;

namespace EndToEndTests;

/// <summary>A page of another origin in Chromium, whose client polls: it can read what the gateway answers by itself, and so does what a page of the same
/// origin would.</summary>
/// <remarks>A poll that the browser does not let the client read is a broken network to it: it reports an error and gives the connection up.</remarks>
public sealed class CrossOriginTests(Browser browser) : EndToEndTestBed, IClassFixture<Browser>
{
    /// <summary>A client with automatic reconnect, which tells what happens to it in the order in which it happens.</summary>
    private const string Connect = """
        async url => {
            window.happened = [];
            window.client = new signalR.HubConnectionBuilder()
                .withUrl(url, { transport: signalR.HttpTransportType.LongPolling })
                .withAutomaticReconnect([0, 0, 100, 100, 1000, 1000, 1000, 1000])
                .build();
            client.onreconnecting(error => happened.push('reconnecting: ' + (error ?? 'no error')));
            client.onreconnected(() => happened.push('reconnected'));
            client.onclose(error => happened.push('closed: ' + (error ?? 'no error')));
            await client.start();
            return (await client.invoke('WhoAmI')).node;
        }
        """;

    [Fact]
    public async Task Client_OnANodeThatIsCut_GoesOnAtAnotherWithoutAnError()
    {
        var (page, nodes) = await StartAsync();
        var gateway = await StartGatewayAsync(nodes);
        var node = await ConnectAsync(page, gateway.Url);

        await gateway.Admin.DrainAsync(node, new { mode = "cut" });

        await Eventually.HoldsAsync(async () => (await HappenedAsync(page)).Length >= 2, seen: () => AtGateway.ToString());
        Assert.Equal(["reconnecting: no error", "reconnected"], await HappenedAsync(page));
        Assert.NotEqual(node, await WhoAmIAsync(page));
        AtNodes.AssertEachConnectionOnOneSite();
    }

    /// <summary>Two gateways behind one address, as behind any balancer: one stops and ends the poll, and the client polls again at the other.</summary>
    [Fact]
    public async Task Client_OfAGatewayThatStops_GoesOnAtAnotherGatewayAsIfNothingHadHappened()
    {
        var (page, nodes) = await StartAsync();
        var (first, second) = (await StartGatewayAsync(nodes), await StartGatewayAsync(nodes));
        var target = first.Url;
        var address = Own(new TcpForwarder(() => target));
        var node = await ConnectAsync(page, address.Url);
        var id = AtNodes.Connections.Single().Key;

        target = second.Url;
        await first.StopAsync();

        Assert.Equal(node, await WhoAmIAsync(page));
        Assert.Equal(id, AtNodes.Connections.Single().Key);
        Assert.Empty(await HappenedAsync(page));
        AtNodes.AssertEachConnectionOnOneSite();
    }

    // Returns when a poll waits at the node.
    private async Task<string> ConnectAsync(IPage page, Uri server)
    {
        var node = await page.EvaluateAsync<string>(Connect, Hub(server).AbsoluteUri);
        await Eventually.HoldsAsync(() => AtNodes.Requests.Any(static request => request is { Method: "GET", Id.Length: > 0, Status: 0 }));
        return node;
    }

    private static async Task<string> WhoAmIAsync(IPage page) => await page.EvaluateAsync<string>("async () => (await client.invoke('WhoAmI')).node");

    private static async Task<string[]> HappenedAsync(IPage page) => await page.EvaluateAsync<string[]>("() => happened");

    // A page of a site of its own, and two nodes that let its origin in.
    private async Task<(IPage Page, TestNode[] Nodes)> StartAsync()
    {
        var site = await StartNodeAsync("site"); // serves the page with the client's script only
        var origin = new UriBuilder(site.Url) { Host = "localhost" }.Uri;
        var nodes = await Task.WhenAll(((string[])["a", "b"]).Select(name => StartNodeAsync(name, "--cors-origins", origin.GetLeftPart(UriPartial.Authority))));
        return (await browser.OpenAsync(origin), nodes);
    }
}
