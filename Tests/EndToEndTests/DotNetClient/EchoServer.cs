using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EndToEndTests.DotNetClient;

/// <summary>A real SignalR server whose TCP connections the test can cut, with some end points that answer what no healthy server does.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EchoServer(WebApplication app)
    {
        _app = app;
        Url = new Uri(app.Urls.Single());
        State = app.Services.GetRequiredService<EchoServerState>();
    }

    public Uri Url { get; }

    public EchoServerState State { get; }

    public Uri At(string path) => new(Url, path);

    public static async Task<EchoServer> StartAsync(CancellationToken cancellationToken)
    {
        var state = new EchoServerState();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(state);
        builder.Services.AddSignalR(hub =>
        {
            hub.EnableDetailedErrors = true;
            hub.MaximumReceiveMessageSize = 1024 * 1024;
        });
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
        app.Use(next => context => ObserveAsync(context, state, next));
        app.UseWebSockets();
        app.MapHub<EchoHub>("/hub", http => http.AllowStatefulReconnects = true);
        app.MapHub<EchoHub>("/impatient", http => http.LongPolling.PollTimeout = TimeSpan.FromMilliseconds(50));
        app.MapConnectionHandler<RawEchoHandler>("/raw");
        ScriptedEndpoints.Map(app);
        await app.StartAsync(cancellationToken);
        return new EchoServer(app);
    }

    /// <summary>Resets every TCP connection, as the loss of a machine would; new ones are accepted.</summary>
    public void CutSockets()
    {
        foreach (var socket in State.Sockets.Values)
        {
            socket.Abort(new ConnectionAbortedException("Cut by the test."));
        }
    }

    public async ValueTask DisposeAsync()
    {
        State.Answer.TrySetCanceled();
        CutSockets();
        await _app.DisposeAsync();
    }

    private static Task ObserveAsync(HttpContext context, EchoServerState state, RequestDelegate next)
    {
        var request = context.Request;
        state.Requests.Enqueue(new SeenRequest(
            request.Method, request.Path, request.QueryString.Value ?? "", request.Headers.Cookie.ToString(), request.Headers.Authorization.ToString(),
            request.Headers["X-Test"].ToString()));
        if (request.Path.Value!.EndsWith("/negotiate", StringComparison.Ordinal))
        {
            context.Response.Cookies.Append("node", "a", new CookieOptions { Path = "/", HttpOnly = true });
        }

        return next(context);
    }
}
