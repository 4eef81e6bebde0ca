using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Proxy.FunctionalTests.Clusters;
using Proxy.FunctionalTests.Routers.Samples;
using Proxy.Routers;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Routers;

/// <summary>The sample routers of docs/routers.md: the page shows the files that are compiled here, and they do what it says.</summary>
public sealed class SampleRouterTests : NodesTestBed
{
    [Theory]
    [InlineData("EndpointNameRouter")]
    [InlineData("FewestConnectionsRouter")]
    [InlineData("RegionRouter")]
    public async Task Page_ShowsTheCompiledCode(string sample)
    {
        var page = await File.ReadAllTextAsync(Path.Combine(SolutionLayout.Root, "docs", "routers.md"), Cancel);
        var code = await File.ReadAllTextAsync(
            Path.Combine(SolutionLayout.Root, "Tests", "Proxy.FunctionalTests", "Routers", "Samples", sample + ".cs"), Cancel);

        Assert.Contains($"```csharp\n{code.Replace("namespace Proxy.FunctionalTests.Routers.Samples;\n\n", "", StringComparison.Ordinal)}```\n", page,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task EndpointName_InTheQuery_NamesTheNode()
    {
        var gateway = await StartAsync(
            static builder => builder.Services.AddSingleton<INegotiateRouter, EndpointNameRouter>(), "endpoint-name", "east", "west");

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal((200, "west"), await AskAsync(gateway, "&endpoint=west"));
            Assert.Equal((200, "east"), await AskAsync(gateway, "&endpoint=east"));
        }

        Assert.Equal(200, (await AskAsync(gateway, "&endpoint=nowhere")).Status);
        Assert.Equal((400, null), await AskAsync(gateway, ""));
    }

    [Fact]
    public async Task FewestConnections_Always_EvensOut()
    {
        var gateway = await StartAsync(
            static builder => builder.Services.AddSingleton<INegotiateRouter, FewestConnectionsRouter>(), "fewest-connections", "a", "b", "c");

        var nodes = new List<string?>();
        for (var i = 0; i < 9; i++)
        {
            nodes.Add((await StartLightAsync(gateway)).Node);
        }

        Assert.All(nodes.CountBy(static node => node ?? ""), static pair => Assert.Equal(3, pair.Value));
    }

    [Fact]
    public async Task Region_WithNodesOfItsOwn_IsServedByThemAsTheInnerRouterSays()
    {
        var gateway = await StartAsync(
            static builder =>
                builder.Services.AddSingleton<INegotiateRouter>(new RegionRouter(new FewestConnectionsRouter())), "region", "east-1", "east-2", "west-1");

        var east = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => AskAsync(gateway, "", "east")));
        Assert.All(east, static answer => Assert.StartsWith("east-", answer.Node, StringComparison.Ordinal));
        Assert.Equal((200, "west-1"), await AskAsync(gateway, "", "WEST"));
        Assert.Equal(200, (await AskAsync(gateway, "", "south")).Status); // nobody is near: anybody
    }

    private async Task<TestGateway> StartAsync(Action<WebApplicationBuilder> configure, string router, params string[] names)
    {
        var nodes = new List<TestNode>();
        foreach (var name in names)
        {
            nodes.Add(await StartNodeAsync(name));
        }

        return await StartGatewayAsync(
            nodes.Select(static node => (node.Name, node.Url)), configure, "--Gateway:Health:Probe=none", $"--Gateway:Router={router}");
    }

    private static async Task<(int Status, string? Node)> AskAsync(TestGateway gateway, string query, string region = "")
    {
        var answer = await AskAsync(
            gateway, "POST", "/hub/negotiate?negotiateVersion=1" + query, ["Content-Length: 0", .. region.Length > 0 ? (string[])[$"X-Region: {region}"] : []]);
        return (answer.Status, answer.All("X-Hub-Node").SingleOrDefault());
    }
}
