using HubNode;
using LoadTests.Engine;
using LoadTests.Lean;
using Microsoft.AspNetCore.Http.Connections;
using Tests.Common;
using Xunit;

namespace EndToEndTests.LoadGenerator.Lean;

/// <summary>The lean client against real hub nodes, behind the gateway.</summary>
public sealed class LeanClientTests : TestBed
{
    private const int BufferSize = 64;
    private const int Clients = 8; // that all of them met the right node by chance is not likely

    public static TheoryData<HttpTransportType, bool> Kinds => new MatrixTheoryData<HttpTransportType, bool>(
        [HttpTransportType.WebSockets, HttpTransportType.ServerSentEvents, HttpTransportType.LongPolling],
        [true, false]);

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Calls_EachTransport_AreAnswered(HttpTransportType transport, bool cookies)
    {
        var target = await StartTwoNodesAsync();

        foreach (var client in Enumerable.Range(0, Clients).Select(_ => new LeanHubClient(target, cookies)))
        {
            using var connection = await LeanConnection.OpenAsync(client, transport, BufferSize, Cancel);
            await connection.CallAsync(connection.Prepare(HubMessages.Echo(characters: 10))).WaitAsync(Eventually.Patience, Cancel);
            await connection.CallAsync(connection.Prepare(HubMessages.Echo(characters: 20_000))).WaitAsync(Eventually.Patience, Cancel); // in many parts
        }

        AtNodes.AssertEachConnectionOnOneSite();
        AtNodes.AssertNoAffinityErrors();
    }

    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.ServerSentEvents)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task Close_EachTransport_EndsTheConnectionAtTheNode(HttpTransportType transport)
    {
        var node = await StartNodeAsync("a");
        var target = await LeanTarget.ResolveAsync(new Uri(node.Url, HubNodeApp.HubPath), Cancel);

        using var connection = await new LeanHubClient(target, keepCookies: false).OpenAsync(transport, BufferSize, Cancel);
        await Eventually.HoldsAsync(() => node.State.Report().ClientConnectionCount == 1, expectation: "the node has the connection");
        await connection.CloseAsync(Cancel);

        await Eventually.HoldsAsync(() => node.State.Report().ClientConnectionCount == 0, expectation: "the node's connection has ended");
    }

    [Fact]
    public async Task Storm_OneOfTwoNodesIsKilled_AllReturn()
    {
        var (a, b) = (await StartNodeProcessAsync("a"), await StartNodeProcessAsync("b"));
        var gateway = await StartGatewayAsync([a, b]);
        var settings = new LoadSettings { Scenario = "storm", Url = new Uri(gateway.Url, HubNodeApp.HubPath), Connections = 20 };
        await using var storm = new LeanStorm(settings, TimeProvider.System);
        await storm.OpenAsync(Cancel);

        await a.KillAsync();

        await Eventually.HoldsAsync(() => storm.Broken > 0 && storm.Back == storm.Broken, expectation: "all are back");
        Assert.InRange(storm.Broken, 1, 19);
        Assert.Equal(storm.Back, storm.Returns.Count);
        Assert.InRange(storm.Lasted, storm.Returns.Percentile(1), TimeSpan.MaxValue);
    }

    private async Task<LeanTarget> StartTwoNodesAsync()
    {
        var gateway = await StartGatewayAsync([await StartNodeAsync("a"), await StartNodeAsync("b")]);
        return await LeanTarget.ResolveAsync(new Uri(gateway.Url, HubNodeApp.HubPath), Cancel);
    }
}
