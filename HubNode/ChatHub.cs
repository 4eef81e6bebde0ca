using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.Connections.Features;
using Microsoft.AspNetCore.SignalR;

namespace HubNode;

/// <summary>One method of each kind that SignalR has. Messages reach the clients of all nodes that have the same backplane; without one, those of this node
/// only.</summary>
public sealed class ChatHub(NodeState node) : Hub<IChatClient>
{
    // ASP.NET Core's own names for signalr.transport in its metrics.
    private string Transport => Context.Features.Get<IHttpTransportFeature>()?.TransportType switch
    {
        HttpTransportType.WebSockets => "web_sockets",
        HttpTransportType.ServerSentEvents => "server_sent_events",
        HttpTransportType.LongPolling => "long_polling",
        _ => "unknown",
    };

    public override Task OnConnectedAsync()
    {
        node.Opened(Context.ConnectionId, Transport);
        return Task.CompletedTask;
    }

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        node.Closed(Context.ConnectionId, Transport);
        return Task.CompletedTask;
    }

    public HubCaller WhoAmI() => new(node.Name, Context.ConnectionId, Transport, Environment.ProcessId, node.HasBackplane);

    public string Echo(string text) => text;

    public int Add(int left, int right) => left + right;

    public Task Send(string user, string message) => Clients.All.Receive(user, message, node.Name);

    public Task JoinGroup(string group) => Groups.AddToGroupAsync(Context.ConnectionId, group, Context.ConnectionAborted);

    public Task LeaveGroup(string group) => Groups.RemoveFromGroupAsync(Context.ConnectionId, group, Context.ConnectionAborted);

    public Task SendToGroup(string group, string user, string message) => Clients.Group(group).Receive(user, message, node.Name);

    /// <summary>Streams 0, 1, 2, ... to the client.</summary>
    public async IAsyncEnumerable<int> Counter(int count, int delayMs, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var i = 0; i < count; i++)
        {
            yield return i;
            await Task.Delay(delayMs, cancellationToken);
        }
    }

    /// <summary>Adds up what the client streams.</summary>
    public async Task<long> Sum(IAsyncEnumerable<int> numbers)
    {
        var sum = 0L;
        await foreach (var number in numbers.WithCancellation(Context.ConnectionAborted))
        {
            sum += number;
        }

        return sum;
    }

    /// <summary>Ends the caller's connection from this side.</summary>
    public void Leave() => Context.Abort();
}
