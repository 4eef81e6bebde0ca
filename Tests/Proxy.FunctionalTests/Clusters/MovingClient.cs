using System.Collections.Concurrent;
using HubNode;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;

namespace Proxy.FunctionalTests.Clusters;

/// <summary>SignalR's .NET client with cookies and automatic reconnect, and what it says of itself.</summary>
internal sealed class MovingClient : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _events = new();

    public MovingClient(Uri hub, HttpTransportType transport, bool stateful = false)
    {
        Connection = new HubConnectionBuilder()
            .WithUrl(hub, transport, options => options.UseStatefulReconnect = stateful)
            .WithAutomaticReconnect([TimeSpan.Zero, TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)])
            .Build();
        Connection.Reconnecting += error => Note("reconnecting", error);
        Connection.Reconnected += _ => Note("reconnected", null);
        Connection.Closed += error => Note("closed", error);
    }

    public HubConnection Connection { get; }

    /// <summary>What the client reported, with the error where there was one.</summary>
    public IReadOnlyCollection<string> Events => _events;

    public Task StartAsync(CancellationToken cancellationToken) => Connection.StartAsync(cancellationToken);

    public Task<HubCaller> WhoAmIAsync(CancellationToken cancellationToken) => Connection.InvokeAsync<HubCaller>("WhoAmI", cancellationToken);

    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    private Task Note(string name, Exception? error)
    {
        _events.Enqueue(error is null ? name : $"{name}: {error.Message}");
        return Task.CompletedTask;
    }
}
