using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Proxy.FunctionalTests.Forwarding.Tunnels;

/// <summary>A Kestrel server that speaks one version of HTTP, and answers WebSocket handshakes and anything else as the test dictates.</summary>
internal sealed class TunnelNode : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TunnelNode(string name, WebApplication app)
    {
        Name = name;
        _app = app;
    }

    public string Name { get; }

    public Uri Url => new(_app.Urls.Single());

    /// <summary>What the node was asked for: protocol and fields.</summary>
    public ConcurrentQueue<(string Method, string Protocol, IReadOnlyDictionary<string, string> Fields)> Requests { get; } = new();

    /// <param name="name">The node's name.</param>
    /// <param name="protocols">What it speaks.</param>
    /// <param name="answer">Answers a request.</param>
    /// <param name="listen">Such as to use TLS, or <see langword="null"/>.</param>
    public static async Task<TunnelNode> StartAsync(string name, HttpProtocols protocols, RequestDelegate answer, Action<ListenOptions>? listen = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint =>
        {
            endpoint.Protocols = protocols;
            listen?.Invoke(endpoint);
        }));
        var app = builder.Build();
        var node = new TunnelNode(name, app);
        app.UseWebSockets();
        app.Run(context =>
        {
            node.Requests.Enqueue((context.Request.Method, context.Request.Protocol,
                context.Request.Headers.ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
            return answer(context);
        });
        await app.StartAsync();
        return node;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
