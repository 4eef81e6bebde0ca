using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Tests;

/// <summary>The gateway, or YARP alone, between a client and nodes that are no more than method calls: all work on a request is done on the caller's
/// thread.</summary>
/// <remarks>A node answers only after everybody has begun to wait for it, so that each layer has to suspend, as it does on a network.</remarks>
internal sealed class InMemoryProxy : HttpMessageHandler, IServer, IForwarderHttpClientFactory, IAsyncDisposable
{
    private static readonly string[] Nodes = ["a", "b"];

    private WebApplication? _app;
    private Action<IFeatureCollection>? _process;
    private TaskCompletionSource<HttpResponseMessage>? _asked;

    private InMemoryProxy()
    {
    }

    public IServiceProvider Services => _app!.Services;

    public IFeatureCollection Features { get; } = new FeatureCollection();

    /// <summary>YARP with two destinations and nothing else.</summary>
    public static async Task<InMemoryProxy> StartYarpAsync()
    {
        var proxy = new InMemoryProxy();
        var builder = WebApplication.CreateSlimBuilder();
        var destinations = Nodes.ToDictionary(node => node, node => new DestinationConfig { Address = $"http://{node}" });
        builder.Services.AddReverseProxy().LoadFromMemory(
            [new RouteConfig { RouteId = "all", ClusterId = "all", Match = new RouteMatch { Path = "/{**rest}" } }],
            [new ClusterConfig { ClusterId = "all", Destinations = destinations }]);
        proxy.ReplaceNetwork(builder);
        var app = builder.Build();
        app.MapReverseProxy();
        return await proxy.StartAsync(app);
    }

    /// <summary>The gateway as it is shipped, but for its admin listener and its probes.</summary>
    public static Task<InMemoryProxy> StartGatewayAsync(params string[] options)
    {
        var proxy = new InMemoryProxy();
        var nodes = Nodes.Select(node => $"--Gateway:Nodes:{node}=http://{node}");
        return proxy.StartAsync(GatewayApp.Build([.. nodes, "--Gateway:Admin:Url=", "--Gateway:Health:Probe=none", .. options], proxy.ReplaceNetwork));
    }

    /// <summary>What the server hands over with a request. It is used up by <see cref="Process"/>.</summary>
    public static IFeatureCollection CreateRequest(string method, string path, string query, IPAddress client)
    {
        var features = new FeatureCollection(initialCapacity: 64); // Kestrel's has its places for all requests of a connection
        features.Set<IHttpRequestFeature>(new HttpRequestFeature
        {
            Protocol = "HTTP/1.1",
            Scheme = "http",
            Method = method,
            Path = path,
            QueryString = query,
            RawTarget = path + query,
            Headers = new HeaderDictionary { ["Host"] = "gateway.example", ["User-Agent"] = "client", ContentLength = method == "POST" ? 0 : null },
        });
        features.Set<IHttpResponseFeature>(new HttpResponseFeature());
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(Stream.Null));
        features.Set<IHttpConnectionFeature>(new HttpConnectionFeature { RemoteIpAddress = client });
        features.Set<IHttpRequestLifetimeFeature>(new HttpRequestLifetimeFeature { RequestAborted = new CancellationTokenSource().Token });
        return features;
    }

    /// <summary>Does all that is to be done for a request.</summary>
    public void Process(IFeatureCollection request) => _process!(request);

    Task IServer.StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
    {
        _process = features =>
        {
            var context = application.CreateContext(features);
            var processing = application.ProcessRequestAsync(context);
            _asked!.SetResult(new HttpResponseMessage { Content = new ByteArrayContent([1]) { Headers = { ContentType = new("text/plain") } } });
            if (!processing.IsCompletedSuccessfully)
            {
                throw new InvalidOperationException("The request was not done on this thread.", processing.Exception);
            }

            application.DisposeContext(context, exception: null);
        };
        return Task.CompletedTask;
    }

    Task IServer.StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    HttpMessageInvoker IForwarderHttpClientFactory.CreateClient(ForwarderHttpClientContext context) => new(this, disposeHandler: false);

    public ValueTask DisposeAsync() => _app!.DisposeAsync();

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        _asked = new TaskCompletionSource<HttpResponseMessage>();
        return _asked.Task;
    }

    private async Task<InMemoryProxy> StartAsync(WebApplication app)
    {
        _app = app;
        await app.StartAsync();
        return this;
    }

    private void ReplaceNetwork(WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IServer>(this);
        builder.Host.ConfigureContainer<IServiceCollection>((_, services) => services.Replace(ServiceDescriptor.Singleton<IForwarderHttpClientFactory>(this)));
    }
}
