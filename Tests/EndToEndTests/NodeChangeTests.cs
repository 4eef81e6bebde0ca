using EndToEndTests.Clients;
using HubNode;
using Tests.Common;
using Xunit;

namespace EndToEndTests;

/// <summary>Nodes come and go by configuration and by drain, while clients are connected.</summary>
public sealed class NodeChangeTests : EndToEndTestBed
{
    /// <summary>A node that the configuration adds is probed for a shorter time before it opens.</summary>
    internal static readonly string[] QuickStaging = ["--Gateway:Scale:MinStagingTime=00:00:00", "--Gateway:Scale:StagingInterval=00:00:00.1"];

    [Fact]
    public async Task NodeAdded_GetsNewClientsAndDisturbsNobody()
    {
        var file = Own(new NodesFile());
        var a = await StartNodeAsync("a", "--poll-timeout", "2");
        await file.WriteAsync(a);
        var gateway = await StartGatewayAsync(Array.Empty<TestNode>(), ["--config", file.Path, .. QuickStaging]);
        var clients = await StartClientsAsync(gateway, cookies: true);
        var b = await StartNodeAsync("b", "--poll-timeout", "2");

        await file.WriteAsync(a, b);

        await Eventually.HoldsAsync(async () => await gateway.Admin.StateOfAsync("b") == "open", expectation: "b is open");
        var newcomers = await StartClientsAsync(gateway, cookies: false, count: 20);
        Assert.Equal(["a", "b"], newcomers.Select(client => client.Caller.Node).Distinct().Order());
        await AssertUndisturbedAsync(clients);
        await AssertUndisturbedAsync(newcomers);
        AtNodes.AssertEachConnectionOnOneSite();
        AtGateway.AssertNoAffinityErrors();
    }

    [Fact]
    public async Task NodeTakenOut_KeepsItsClientsAndGetsNoNewOnes()
    {
        var file = Own(new NodesFile());
        var a = await StartNodeAsync("a", "--poll-timeout", "2");
        var b = await StartNodeAsync("b", "--poll-timeout", "2");
        await file.WriteAsync(a, b);
        var gateway = await StartGatewayAsync(Array.Empty<TestNode>(), "--config", file.Path);
        var clients = await StartClientsAsync(gateway, cookies: true);

        await file.WriteAsync(a);

        await Eventually.HoldsAsync(async () => await gateway.Admin.StateOfAsync("b") != "open", expectation: "b is not open");
        var newcomers = await StartClientsAsync(gateway, cookies: false);
        Assert.All(newcomers, client => Assert.Equal("a", client.Caller.Node));
        await AssertUndisturbedAsync(clients);
        AtNodes.AssertEachConnectionOnOneSite();
        AtGateway.AssertNoAffinityErrors();
    }

    [Fact]
    public async Task NodeDrained_KeepsItsClientsAndGetsNoNewOnes_UntilResumed()
    {
        var a = await StartNodeAsync("a", "--poll-timeout", "2");
        var b = await StartNodeAsync("b", "--poll-timeout", "2");
        var gateway = await StartGatewayAsync([a, b]);
        var clients = await StartClientsAsync(gateway, cookies: true);
        var returning = await StartSignalRClientAsync(gateway.Url, new SignalROptions { Jar = "returning" });
        var drained = (await returning.InvokeAsync<HubCaller>("WhoAmI")).Node;
        var other = drained == "a" ? "b" : "a";
        await returning.StopAsync();

        await gateway.Admin.DrainAsync(drained);

        Assert.Equal("draining", await gateway.Admin.StateOfAsync(drained));
        var newcomers = await StartClientsAsync(gateway, cookies: false);
        Assert.All(newcomers, client => Assert.Equal(other, client.Caller.Node));
        await AssertUndisturbedAsync(clients);

        // The cookie names the draining node; a new connection goes to the other one all the same, and stays there.
        foreach (var transport in SignalROptions.AllTransports)
        {
            var again = await StartSignalRClientAsync(gateway.Url, new SignalROptions { Jar = "returning", Transport = transport });
            Assert.Equal(other, (await again.InvokeAsync<HubCaller>("WhoAmI")).Node);
        }

        await gateway.Admin.ResumeAsync(drained);

        Assert.Equal("open", await gateway.Admin.StateOfAsync(drained));
        var later = await StartClientsAsync(gateway, cookies: false, count: 20);
        Assert.Equal(["a", "b"], later.Select(client => client.Caller.Node).Distinct().Order());
        await AssertUndisturbedAsync([.. clients, .. newcomers]);
        AtNodes.AssertEachConnectionOnOneSite();
        AtGateway.AssertNoAffinityErrors();
    }

    private static async Task AssertUndisturbedAsync(IEnumerable<(ScriptClient Client, HubCaller Caller)> clients)
    {
        foreach (var (client, caller) in clients)
        {
            Assert.Equal(caller, await client.InvokeAsync<HubCaller>("WhoAmI"));
            Assert.DoesNotContain(client.Events, e => e.Name is "reconnecting" or "closed");
        }
    }

    private async Task<IReadOnlyList<(ScriptClient Client, HubCaller Caller)>> StartClientsAsync(TestGateway gateway, bool cookies, int count = 12)
        => await Task.WhenAll(Enumerable.Range(0, count).Select(async i =>
        {
            var client = await StartSignalRClientAsync(gateway.Url, new SignalROptions { Cookies = cookies, Transport = SignalROptions.AllTransports[i % 3] });
            return (client, await client.InvokeAsync<HubCaller>("WhoAmI"));
        }));
}
