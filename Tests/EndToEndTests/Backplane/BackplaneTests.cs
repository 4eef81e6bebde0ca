using Microsoft.AspNetCore.Http.Connections;
using Xunit;

namespace EndToEndTests.Backplane;

/// <summary>What one node says reaches the clients of all nodes, through whichever gateway they come.</summary>
public sealed class BackplaneTests(BackplaneTests.Servers servers) : IClassFixture<BackplaneTests.Servers>
{
    public static TheoryData<HttpTransportType> Transports => [.. BackplaneTestBed.Transports];

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Broadcast_FromEachNode_ReachesTheClientsOfAllNodes(HttpTransportType transport)
    {
        var clients = await servers.StartClientsAsync(transport);

        await Task.WhenAll(clients.Select((client, i) => client.SendAsync($"from {i}")));

        await BackplaneTestBed.AssertHaveAsync(clients, [.. clients.Select((_, i) => $"from {i}")]);
        Assert.All(clients, client => Assert.Empty(client.Duplicates));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task GroupMessage_FromEachNode_ReachesTheMembersOnAllNodes(HttpTransportType transport)
    {
        var group = $"the group of {transport}";
        var clients = await servers.StartClientsAsync(transport);
        var (members, others) = (clients[..3], clients[3..]); // those of one gateway, on all nodes
        await Task.WhenAll(members.Select(member => member.JoinAsync(group)));

        await Task.WhenAll(clients.Select((client, i) => client.SendToGroupAsync(group, $"from {i}")));
        await BackplaneTestBed.AssertHaveAsync(members, [.. clients.Select((_, i) => $"from {i}")]);

        await members[0].LeaveAsync(group);
        await others[0].SendToGroupAsync(group, "to those who stayed");
        await BackplaneTestBed.AssertHaveAsync(members[1..], ["to those who stayed"]);

        await others[0].SendAsync("to all");
        await BackplaneTestBed.AssertHaveAsync(clients, ["to all"]);
        Assert.False(members[0].Has("to those who stayed"));
        Assert.All(others, other => Assert.DoesNotContain(clients.Select((_, i) => $"from {i}"), other.Has));
        Assert.All(clients, client => Assert.Empty(client.Duplicates));
    }

    /// <summary>The servers, shared by the tests of the class.</summary>
    public sealed class Servers : BackplaneTestBed;
}
