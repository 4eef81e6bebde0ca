using EndToEndTests.Clients;
using HubNode;
using LoadTests.Connections;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Tests.Common;

namespace EndToEndTests;

/// <summary>Adds clients that are not .NET to the servers of a test.</summary>
public abstract class EndToEndTestBed : TestBed
{
    private ScriptProcess? _signalR;
    private ScriptProcess? _socketIO;
    private int _clients;

    /// <summary>Set before the first client starts, for certificates.</summary>
    protected IDictionary<string, string> ScriptEnvironment { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Path of the hub below a gateway or a node.</summary>
    protected static Uri Hub(Uri server) => new(server, HubNodeApp.HubPath);

    /// <summary>A connection of the npm packages @microsoft/signalr or @aspnet/signalr, not started.</summary>
    private protected ScriptClient SignalRClient() => new(_signalR ??= StartScript("signalr-clients.mjs"), $"client {++_clients}");

    /// <summary>A started connection.</summary>
    private protected async Task<ScriptClient> StartSignalRClientAsync(Uri server, SignalROptions options)
    {
        var client = SignalRClient();
        await client.StartAsync(Hub(server), options);
        return client;
    }

    /// <summary>A started connection of the .NET client, over this repository's connection factory, without cookies.</summary>
    private protected async Task<HubConnection> StartHubConnectionAsync(Uri server, HttpTransportType transport)
    {
        var connection = Own(new HubConnectionBuilder().WithHttpTransport(Hub(server), options => options.Transport = transport).Build());
        await connection.StartAsync(Cancel);
        return connection;
    }

    /// <summary>A client of the npm package socket.io-client, not started.</summary>
    private protected ScriptClient SocketIOClient() => new(_socketIO ??= StartScript("socketio-clients.mjs"), $"client {++_clients}");

    private protected ScriptProcess StartScript(string script, params string[] arguments) => Own(ScriptProcess.Start(script, arguments, ScriptEnvironment));
}
