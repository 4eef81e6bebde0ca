using System.Collections.Concurrent;
using HubNode;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;

namespace EndToEndTests.Backplane;

/// <summary>A client of the chat hub that counts what it receives.</summary>
internal sealed class BackplaneClient
{
    private readonly HubConnection _connection;
    private readonly ConcurrentDictionary<string, int> _received = new(StringComparer.Ordinal);

    public BackplaneClient(HubConnection connection, HttpTransportType transport)
    {
        _connection = connection;
        Transport = transport;
        connection.On<string, string, string>("Receive", (_, message, _) => _received.AddOrUpdate(message, 1, static (_, count) => count + 1));
        connection.Closed += error =>
        {
            End = error?.Message ?? "closed without an error";
            return Task.CompletedTask;
        };
    }

    public HttpTransportType Transport { get; }

    /// <summary>Why the connection has ended; <see langword="null"/> while it is open.</summary>
    public string? End { get; private set; }

    /// <summary>What has come more than once.</summary>
    public IEnumerable<string> Duplicates => _received.Where(static message => message.Value > 1).Select(static message => message.Key);

    public bool Has(string message) => _received.ContainsKey(message);

    public Task<HubCaller> WhoAmIAsync() => _connection.InvokeAsync<HubCaller>("WhoAmI");

    public Task SendAsync(string message) => _connection.InvokeAsync("Send", "me", message);

    public Task SendToGroupAsync(string group, string message) => _connection.InvokeAsync("SendToGroup", group, "me", message);

    public Task JoinAsync(string group) => _connection.InvokeAsync("JoinGroup", group);

    public Task LeaveAsync(string group) => _connection.InvokeAsync("LeaveGroup", group);
}
