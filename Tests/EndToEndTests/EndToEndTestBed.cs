using EndToEndTests.Clients;
using HubNode;
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

    /// <summary>A started connection of the .NET client, without cookies.</summary>
    private protected async Task<HubConnection> StartHubConnectionAsync(Uri server, HttpTransportType transport)
    {
        var connection = Own(new HubConnectionBuilder().WithUrl(Hub(server), transport, options => options.HttpMessageHandlerFactory = WithoutCookies).Build());
        await connection.StartAsync(Cancel);
        return connection;
    }

    /// <summary>For the .NET client, which has cookies unless its handler keeps none; its WebSockets send what that handler has kept.</summary>
    private protected static HttpMessageHandler WithoutCookies(HttpMessageHandler handler)
    {
        ((HttpClientHandler)handler).UseCookies = false;
        return handler;
    }

    /// <summary>A client of the npm package socket.io-client, not started.</summary>
    private protected ScriptClient SocketIOClient() => new(_socketIO ??= StartScript("socketio-clients.mjs"), $"client {++_clients}");

    private protected ScriptProcess StartScript(string script, params string[] arguments) => Own(ScriptProcess.Start(script, arguments, ScriptEnvironment));
}
