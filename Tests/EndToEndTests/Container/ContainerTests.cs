using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Tests.Common;
using Xunit;

namespace EndToEndTests.Container;

/// <summary>The Dockerfiles, built and run without a container engine, with the settings that compose.yaml uses.</summary>
public sealed class ContainerTests(ContainerImages images) : IClassFixture<ContainerImages>
{
    [Fact]
    public async Task GatewayImage_Configuration_IsWhatOperatorsRelyOn()
    {
        Buildah.Require();

        var config = await images.GatewayConfigAsync();

        Assert.Equal("1654", config.User);
        Assert.Equal(["dotnet", "Proxy.dll"], config.EntryPoint);
        Assert.Equal(["8080/tcp"], config.Ports);
        Assert.Contains("ASPNETCORE_HTTP_PORTS=8080", config.Environment);
        Assert.Contains("Logging__Console__FormatterName=json", config.Environment);
    }

    [Fact]
    public async Task GatewayImage_TwoNodesByEnvironment_NegotiatesAndStopsOnSigterm()
    {
        Buildah.Require();
        var cancel = TestContext.Current.CancellationToken;
        var ports = FreePorts(4);
        await using var redis = new RedisProcess();
        await redis.StartAsync();
        await using var nodeA = await images.RunHubNodeAsync(HubNode("a", ports[0], redis));
        await using var nodeB = await images.RunHubNodeAsync(HubNode("b", ports[1], redis));
        await nodeA.AnswersAsync(Loopback(ports[0], "/health"));
        await nodeB.AnswersAsync(Loopback(ports[1], "/health"));
        await using var gateway = await images.RunGatewayAsync(new()
        {
            ["ASPNETCORE_HTTP_PORTS"] = Text(ports[2]), // all containers share this machine's network here
            ["Gateway__Admin__Url"] = Loopback(ports[3]).ToString(),
            ["Gateway__Nodes__a"] = Loopback(ports[0]).ToString(),
            ["Gateway__Nodes__b"] = Loopback(ports[1]).ToString(),
        });
        await gateway.AnswersAsync(Loopback(ports[3], "/healthz/ready"));

        var process = gateway.FindProcess();
        Assert.All(RunningContainer.ReadStatus(process, "Uid").Split('\t'), id => Assert.Equal("1654", id));
        Assert.Equal(0, await gateway.CheckHealthAsync());

        using var client = new HttpClient { BaseAddress = Loopback(ports[2]) };
        using var answer = await client.PostAsync("/hub/negotiate?negotiateVersion=1", content: null, cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var node = Assert.Single(answer.Headers.GetValues("X-Hub-Node"));
        Assert.Contains(node, (string[])["a", "b"]);
        using var negotiated = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancel));
        var token = negotiated.RootElement.GetProperty("connectionToken").GetString();

        // A node answers the first poll of a connection at once, if the connection is its own.
        using var poll = await client.GetAsync($"/hub?id={token}", cancel);
        Assert.Equal(HttpStatusCode.OK, poll.StatusCode);
        Assert.Equal(node, Assert.Single(poll.Headers.GetValues("X-Hub-Node")));

        Assert.Equal(0, await gateway.StopAsync());
        Assert.All(gateway.Lines, line => JsonDocument.Parse(line).Dispose());
        Assert.DoesNotContain(gateway.Lines, line => line.Contains(token!, StringComparison.Ordinal)); // whoever has it can take over the connection
        Assert.NotEqual(0, await gateway.CheckHealthAsync());
    }

    [Fact]
    public async Task GatewayImage_NoNodes_EndsWithAReasonInItsLog()
    {
        Buildah.Require();

        await using var gateway = await images.RunGatewayAsync(new() { ["ASPNETCORE_HTTP_PORTS"] = Text(FreePorts(1)[0]) });

        Assert.Equal(1, await gateway.WaitForExitAsync());
        Assert.Contains("Gateway:Nodes", string.Join('\n', gateway.Lines), StringComparison.Ordinal);
    }

    private static Dictionary<string, string> HubNode(string name, int port, RedisProcess redis) =>
        new(StringComparer.Ordinal) { ["ASPNETCORE_HTTP_PORTS"] = Text(port), ["HubNode__Name"] = name, ["Redis__Configuration"] = redis.Address.ToString() };

    private static int[] FreePorts(int count)
    {
        // All open at once, or the system might give one of them twice.
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        listeners.ForEach(listener => listener.Dispose());
        return ports;
    }

    private static Uri Loopback(int port, string path = "/") => new($"http://127.0.0.1:{Text(port)}{path}");

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
