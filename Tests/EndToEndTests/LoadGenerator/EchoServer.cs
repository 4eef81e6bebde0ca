using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EndToEndTests.LoadGenerator;

/// <summary>A SignalR server with other names in its hub than HubNode, sockets that a test can cut, and a page that fails after its first answer.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly EchoServerState _state;
    private readonly Uri _url;

    private EchoServer(WebApplication app, EchoServerState state)
    {
        _app = app;
        _state = state;
        _url = new Uri(app.Urls.Single());
    }

    public Uri At(string path) => new(_url, path);

    public static async Task<EchoServer> StartAsync(CancellationToken cancellationToken)
    {
        var state = new EchoServerState();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(state);
        builder.Services.AddSignalR();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port: 0, listener => listener.Use(next => async socket =>
        {
            state.Sockets[socket.ConnectionId] = socket;
            try
            {
                await next(socket);
            }
            finally
            {
                state.Sockets.TryRemove(socket.ConnectionId, out _);
            }
        })));
        var app = builder.Build();
        app.MapHub<EchoHub>("/hub");
        app.MapGet("/plain", () => "ok");
        var isFirst = true;
        app.MapGet("/once", () => Interlocked.Exchange(ref isFirst, false) ? Results.Ok() : Results.StatusCode(StatusCodes.Status503ServiceUnavailable));
        await app.StartAsync(cancellationToken);
        return new EchoServer(app, state);
    }

    /// <summary>Resets every TCP connection, as the loss of a machine would; new ones are accepted.</summary>
    public void CutSockets()
    {
        foreach (var socket in _state.Sockets.Values)
        {
            socket.Abort(new ConnectionAbortedException("Cut by the test."));
        }
    }

    public async ValueTask DisposeAsync()
    {
        CutSockets();
        await _app.DisposeAsync();
    }
}
