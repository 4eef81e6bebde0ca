using System.Collections.Concurrent;
using System.Globalization;
using EndToEndTests.Clients;
using HubNode;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Tests.Common;
using Xunit;

namespace EndToEndTests;

/// <summary>SignalR's .NET client and nodes with the MessagePack hub protocol, over the transports that carry bytes; server-sent events carry text
/// only.</summary>
public sealed class MessagePackTests : EndToEndTestBed
{
    private const int LargeLength = 64 * 1024;

    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task HubConnection_AllKindsOfCalls_StaysOnOneNode(HttpTransportType transport)
    {
        var gateway = await StartGatewayAsync([await StartBinaryNodeAsync("a"), await StartBinaryNodeAsync("b")]);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async i =>
        {
            var connection = await StartAsync(gateway, transport, new MessagePackHubProtocol());
            var large = new string((char)('a' + i), LargeLength);

            var me = await connection.InvokeAsync<HubCaller>("WhoAmI", Cancel);
            Assert.Equal(large, await connection.InvokeAsync<string>("Echo", large, Cancel));
            Assert.Equal(Enumerable.Range(0, 100), await connection.StreamAsync<int>("Counter", 100, 0, Cancel).ToListAsync(Cancel));
            Assert.Equal(4950L, await connection.InvokeAsync<long>("Sum", Enumerable.Range(0, 100).ToAsyncEnumerable(), Cancel));
            Assert.Equal(me, await connection.InvokeAsync<HubCaller>("WhoAmI", Cancel));
            await connection.StopAsync(Cancel);
        }));

        AtNodes.AssertEachConnectionOnOneSite();
        AtNodes.AssertNoAffinityErrors();
        AtGateway.AssertNoAffinityErrors();
    }

    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task Drain_WhileLargeMessagesArrive_MovesTheClientBetweenTwoOfThem(HttpTransportType transport)
    {
        var a = await StartBinaryNodeAsync("a");
        var gateway = await StartGatewayAsync([a, await StartBinaryNodeAsync("b")], "--Gateway:Router=query:node");
        var protocol = new WatchedProtocol(new MessagePackHubProtocol());
        var connection = await StartAsync(gateway, transport, protocol, "?node=a");
        var received = new ConcurrentQueue<string>();
        var moved = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var back = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.On<string, string, string>("Receive", (_, message, _) => received.Enqueue(message));
        connection.Reconnecting += error =>
        {
            moved.TrySetResult(error);
            return Task.CompletedTask;
        };
        connection.Reconnected += id =>
        {
            back.TrySetResult(id);
            return Task.CompletedTask;
        };
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var talking = TalkAsync(a, enough.Token);
        await Eventually.HoldsAsync(() => received.Count >= 20);

        await gateway.Admin.DrainAsync("a", new { mode = "cut" });

        Assert.Null(await Eventually.CompletesAsync(moved.Task));
        await Eventually.CompletesAsync(back.Task);
        await enough.CancelAsync();
        await talking;
        Assert.Equal("b", (await connection.InvokeAsync<HubCaller>("WhoAmI", Cancel)).Node);
        Assert.Equal(Enumerable.Range(int.Parse(received.First()[..8], CultureInfo.InvariantCulture), received.Count).Select(Message), received);
        Assert.Equal(
            transport == HttpTransportType.WebSockets ? [true] : [], // a poll that ends without content says the same to its client
            protocol.Closes.Select(close => close.AllowReconnect && close.Error is null));
    }

    private static string Message(int number) => $"{number:D8}".PadRight(LargeLength, 'x');

    /// <summary>Has a node send numbered messages to all of its clients, one after the other.</summary>
    private static async Task TalkAsync(TestNode node, CancellationToken enough)
    {
        await using var talker = new HubConnectionBuilder().WithUrl(Hub(node.Url)).AddMessagePackProtocol().Build();
        await talker.StartAsync(Cancel);
        try
        {
            for (var i = 0; ; i++)
            {
                await talker.InvokeAsync("Send", "talker", Message(i), enough);
            }
        }
        catch (OperationCanceledException)
        {
            // The node may still wait for a client that polls no more.
        }
    }

    private Task<TestNode> StartBinaryNodeAsync(string name) => StartNodeAsync(
        name,
        (WebApplicationBuilder builder) => builder.Services.AddSignalR(hub => hub.MaximumReceiveMessageSize = 2 * LargeLength).AddMessagePackProtocol(),
        "--poll-timeout",
        "2");

    private async Task<HubConnection> StartAsync(TestGateway gateway, HttpTransportType transport, IHubProtocol protocol, string query = "")
    {
        var builder = new HubConnectionBuilder().WithUrl(new Uri(Hub(gateway.Url), query), transport).WithAutomaticReconnect();
        builder.Services.AddSingleton(protocol);
        var connection = Own(builder.Build());
        await connection.StartAsync(Cancel);
        return connection;
    }
}
