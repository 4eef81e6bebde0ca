using Microsoft.AspNetCore.Http.Connections;
using Tests.Common;
using Xunit;

namespace EndToEndTests.Backplane;

/// <summary>The Redis of the backplane goes away and comes back: connections stay, and only what was sent meanwhile is lost.</summary>
public sealed class BackplaneLossTests : BackplaneTestBed
{
    private const string Group = "the group";
    private const int SomeMessages = 20;

    /// <summary>What takes longer is taken for lost, and another is sent.</summary>
    private static readonly TimeSpan ProbeTime = TimeSpan.FromSeconds(3);

    private BackplaneClient[] _clients = [];
    private BackplaneClient[] _members = [];
    private int _probes;

    [Fact]
    public async Task Redis_KilledAndStartedAgainUnderLoad_MessagesFlowAgainToAll()
    {
        foreach (var transport in Transports)
        {
            _clients = [.. _clients, .. await StartClientsAsync(transport)];
        }

        var callers = await Task.WhenAll(_clients.Select(client => client.WhoAmIAsync()));
        _members = [.. _clients.Where((_, i) => i % 2 == 0)];
        await Task.WhenAll(_members.Select(member => member.JoinAsync(Group)));
        var senders = Transports.Zip(NodeNames, (transport, node) =>
            Own(new LoadSender(_clients.Where((client, i) => client.Transport == transport && callers[i].Node == node).First(), Group))).ToArray();
        var load = senders.Select(sender => sender.RunAsync()).ToArray();
        await Eventually.HoldsAsync(() => senders.All(sender => sender.Accepted.Count() > SomeMessages), expectation: "messages are sent on");

        var before = senders.SelectMany(sender => sender.Accepted).ToArray();
        await Redis.KillAsync();
        await AssertReceivedAsync(before);
        await Eventually.HoldsAsync(() => senders.All(sender => sender.Failures > 0), expectation: "every sender hears that a message was not sent on");

        await Redis.StartAsync();
        foreach (var sender in senders)
        {
            await Eventually.PassesAsync(() => ProbeAsync(sender.Client));
        }

        var first = senders.Select(sender => sender.Next).ToArray();
        IEnumerable<SentMessage> After(int sender) => senders[sender].Accepted.Where(message => message.Number >= first[sender]);
        await Eventually.HoldsAsync(
            () => Enumerable.Range(0, senders.Length).All(sender => After(sender).Count() > SomeMessages), expectation: "messages are sent on again");
        await Task.WhenAll(senders.Select(sender => sender.DisposeAsync().AsTask()));
        await Task.WhenAll(load);
        await AssertReceivedAsync([.. Enumerable.Range(0, senders.Length).SelectMany(After)]);

        Assert.All(_clients, client => Assert.Null(client.End));
        Assert.Equal(callers, await Task.WhenAll(_clients.Select(client => client.WhoAmIAsync())));
        Assert.All(_clients, client => Assert.Empty(client.Duplicates));
    }

    /// <summary>Also with what connection strings often say; a node would then hear of no message, and nobody would know.</summary>
    [Fact]
    public async Task Redis_StartedAfterTheNodes_CarriesMessagesFromThenOn()
    {
        var redis = Own(new RedisProcess());
        var nodes = await Task.WhenAll(NodeNames.Select(name => StartNodeProcessAsync(name, $"--Redis:Configuration={redis.Address},abortConnect=false")));
        var early = await StartClientAsync(nodes[0].Url, HttpTransportType.WebSockets);
        await Assert.ThrowsAnyAsync<Exception>(early.WhoAmIAsync); // the node ends its connection

        await redis.StartAsync();

        var clients = await Task.WhenAll(nodes.Select(node => StartClientAsync(node.Url, HttpTransportType.WebSockets)));
        await Task.WhenAll(clients.Select(client => client.WhoAmIAsync()));
        await clients[0].SendAsync("to all");
        await AssertHaveAsync(clients, ["to all"]);
    }

    private async Task AssertReceivedAsync(IReadOnlyCollection<SentMessage> messages)
    {
        await AssertHaveAsync(_clients, [.. messages.Where(message => !message.IsForGroup).Select(message => message.Text)]);
        await AssertHaveAsync(_members, [.. messages.Where(message => message.IsForGroup).Select(message => message.Text)]);
    }

    /// <summary>Passes when the sender's node can publish and every node has subscribed again.</summary>
    private async Task ProbeAsync(BackplaneClient sender)
    {
        var (toAll, toGroup) = ($"probe {++_probes} to all", $"probe {_probes} to the group");
        await sender.SendAsync(toAll);
        await sender.SendToGroupAsync(Group, toGroup);
        await Eventually.HoldsAsync(() => _clients.All(client => client.Has(toAll)) && _members.All(member => member.Has(toGroup)), within: ProbeTime);
    }
}
