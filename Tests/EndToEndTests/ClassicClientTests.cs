using EndToEndTests.Classic;
using EndToEndTests.Clients;
using Microsoft.Playwright;
using Tests.Common;
using Xunit;

namespace EndToEndTests;

/// <summary>The clients of ASP.NET SignalR 2, for .NET and for browsers. They have no cookies, so what leads back to the node is the connection token
/// alone.</summary>
public sealed class ClassicClientTests(DotNetPrograms programs, Browser browser) : EndToEndTestBed, IClassFixture<DotNetPrograms>, IClassFixture<Browser>
{
    private readonly List<ClassicNode> _nodes = [];

    [Theory]
    [InlineData(SignalROptions.WebSockets)]
    [InlineData(SignalROptions.ServerSentEvents)]
    [InlineData(SignalROptions.LongPolling)]
    public async Task DotNetClient_WithoutCookies_StaysOnOneNode(string transport)
    {
        var gateway = await StartAsync();
        var hub = new Uri(gateway.Url, ClassicNode.Path);

        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => TalkAsync(programs.Client("ClassicSignalR2", transport), hub, new ClassicOptions(transport))));

        await AssertCleanlyAsync();
        Assert.Contains(AtGateway.Requests, request => request.SetCookie.Length > 0); // a cookie was offered
    }

    [Theory]
    [InlineData(SignalROptions.WebSockets)]
    [InlineData(SignalROptions.ServerSentEvents)]
    [InlineData(SignalROptions.LongPolling)]
    public async Task JavaScriptClient_WithoutCookies_StaysOnOneNode(string transport)
    {
        var gateway = await StartAsync("--Gateway:Affinity:Cookie:Enabled=false");

        await TalkInPageAsync(await browser.OpenAsync(gateway.Url), gateway, new ClassicOptions(transport));
    }

    [Fact]
    public async Task JavaScriptClient_ByJsonpFromAnotherSite_StaysOnOneNode()
    {
        var gateway = await StartAsync("--Gateway:Affinity:Cookie:Enabled=false");
        var origin = new UriBuilder(_nodes[0].Url) { Host = "localhost" }.Uri;

        await TalkInPageAsync(await browser.OpenAsync(origin), gateway, new ClassicOptions(SignalROptions.LongPolling, Jsonp: true));

        Assert.Contains(AtGateway.Requests, request => request is { Method: "GET", Path: ClassicNode.Path + "/poll" }); // without JSONP it is POST
    }

    private async Task TalkInPageAsync(IPage page, TestGateway gateway, ClassicOptions options)
    {
        var script = await ScriptPage.LoadAsync(page);
        var hub = new Uri(gateway.Url, ClassicNode.Path);

        // A browser opens six connections to a server at the most, and each of these clients keeps one.
        await Task.WhenAll(Enumerable.Range(0, 3).Select(i => TalkAsync(new ScriptClient(script, $"signalr.js {options.Transport} {i}"), hub, options)));

        await AssertCleanlyAsync();
    }

    private async Task TalkAsync(ScriptClient client, Uri hub, ClassicOptions options)
    {
        await client.StartAsync(hub, options);

        var me = await client.InvokeAsync<ClassicCaller>("WhoAmI");
        Assert.Equal(options.Transport, me.Transport);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal($"echo {i}", await client.InvokeAsync<string>("Echo", $"echo {i}"));
        }

        var large = new string('x', options.Jsonp ? 4_000 : 60_000); // a WebSocket message has 64 KiB at the most, and with JSONP all stands in the URL
        Assert.Equal(large, await client.InvokeAsync<string>("Echo", large));
        for (var i = 0; i < 5; i++)
        {
            var text = $"{client.Name} says {i}";
            await client.InvokeAsync<object>("Send", client.Name, text);
            Assert.Equal([client.Name, text, me.Node], (await client.MessageAsync(text)).Values);
        }

        await ReconnectAsync(client, me);

        Assert.Equal(me, await client.InvokeAsync<ClassicCaller>("WhoAmI"));
        Assert.All(client.Events.Where(e => e.Name == "message"), message => Assert.Equal(me.Node, message.Values.Last())); // from others, too
        Assert.DoesNotContain(client.Events, e => e.Name is "error" or "closed");
        await client.StopAsync();
        await client.EventAsync("closed");
    }

    // A client comes back with the token that it has, and gets what it has missed: only its own node has that.
    private async Task ReconnectAsync(ScriptClient client, ClassicCaller me)
    {
        var missed = $"{client.Name} missed this";
        _nodes.Single(node => node.Name == me.Node).Interrupt(me.ConnectionId, missed);
        await client.EventAsync("reconnected");
        await client.MessageAsync(missed);
    }

    private async Task<TestGateway> StartAsync(params string[] options)
    {
        foreach (var name in (string[])["a", "b", "c"])
        {
            _nodes.Add(Own(await ClassicNode.StartAsync(name, AtNodes)));
        }

        return await StartGatewayAsync(_nodes.Select(node => (node.Name, node.Url)), options);
    }

    private async Task AssertCleanlyAsync()
    {
        await Eventually.HoldsAsync(() => _nodes.TrueForAll(node => node.Connections == 0)); // each was told to abort its own
        AtNodes.AssertEachConnectionOnOneSite();
        AtNodes.AssertNoAffinityErrors();
        AtGateway.AssertNoAffinityErrors();
        Assert.All(AtGateway.Requests, request => Assert.Equal("", request.Cookies));
    }

    private sealed record ClassicCaller(string Node, string ConnectionId, string Transport);

    private sealed record ClassicOptions(string Transport, bool Jsonp = false);
}
