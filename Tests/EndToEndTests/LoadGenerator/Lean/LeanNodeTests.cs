using LoadTests.Comparison.Cases;
using LoadTests.Engine;
using LoadTests.Lean;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Tests.Common;
using Xunit;

namespace EndToEndTests.LoadGenerator.Lean;

/// <summary>The node of comparisons speaks SignalR: the official client works with it, behind the gateway.</summary>
public sealed class LeanNodeTests : TestBed
{
    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.ServerSentEvents)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task Echo_OfficialClient_IsAnswered(HttpTransportType transport)
    {
        var gateway = await StartAsync();
        await using var connection = new HubConnectionBuilder().WithUrl(new Uri(gateway, CaseSet.HubPath), transport).Build();
        await connection.StartAsync(Cancel);
        var large = new string('x', 64 * 1024);

        Assert.Equal("ä \"quoted\"", await connection.InvokeAsync<string>("Echo", "ä \"quoted\"", Cancel));
        Assert.Equal(large, await connection.InvokeAsync<string>("Echo", large, Cancel));
        await connection.StopAsync(Cancel);
    }

    [Fact]
    public async Task Ticks_LeanStreams_ComeOnEach()
    {
        var gateway = await StartAsync();
        var settings = new LoadSettings { Scenario = "sse", Url = new Uri(gateway, CaseSet.HubPath), Connections = 4 };
        await using var streams = new LeanStreams(settings);
        await streams.OpenAsync(Cancel);

        await Eventually.HoldsAsync(() => streams.Events >= 8, expectation: "two events for each stream");

        Assert.Equal((0, streams.Delays.Count > 0), (streams.Lost, true));
    }

    [Fact]
    public async Task Request_UnknownId_Is404()
    {
        var node = Own(new RunningLeanNode("a"));
        using var http = new HttpClient();

        using var answer = await http.GetAsync(new Uri(node.Url, CaseSet.HubPath + "?id=unknown"), Cancel);

        Assert.Equal((404, "No Connection with that ID"), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel)));
    }

    private async Task<Uri> StartAsync()
    {
        RunningLeanNode[] nodes = [Own(new RunningLeanNode("a")), Own(new RunningLeanNode("b"))];
        return (await StartGatewayAsync(nodes.Select(node => (node.Name, node.Url)))).Url;
    }
}
