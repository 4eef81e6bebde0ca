using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Tests.Common;

/// <summary>The sample hub node inside the test's process, on a port that the system chose.</summary>
public sealed class TestNode : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestNode(string name, WebApplication app, LogCollector log)
    {
        Name = name;
        _app = app;
        Log = log;
    }

    public string Name { get; }

    public Uri Url => new(_app.Urls.First());

    public LogCollector Log { get; }

    /// <summary>What the node knows about itself, such as to have it ask for a drain.</summary>
    public HubNode.NodeState State => _app.Services.GetRequiredService<HubNode.NodeState>();

    /// <param name="name">What the node calls itself.</param>
    /// <param name="recorder">Sees every request.</param>
    /// <param name="before">Sees every request before the node does, such as to break some.</param>
    /// <param name="configure">Applied last, such as for another hub protocol.</param>
    /// <param name="options">More of the node's command line.</param>
    public static async Task<TestNode> StartAsync(
        string name, RequestRecorder recorder, Func<HttpContext, RequestDelegate, Task>? before, Action<WebApplicationBuilder>? configure,
        params string[] options)
    {
        var log = new LogCollector();
        var app = HubNode.HubNodeApp.Build(["--urls", "http://127.0.0.1:0", "--name", name, .. options], builder =>
        {
            builder.Logging.ClearProviders().AddProvider(log);
            builder.Services.AddSingleton(recorder.At(name));
            if (before is not null)
            {
                builder.Services.AddSingleton<IStartupFilter>(new Before(before));
            }

            configure?.Invoke(builder);
        });
        await app.StartAsync();
        return new TestNode(name, app, log);
    }

    public ValueTask DisposeAsync()
    {
        Log.Seal(); // SignalR logs an error when a connection ends while its host does
        return _app.DisposeAsync();
    }

    private sealed class Before(Func<HttpContext, RequestDelegate, Task> before) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(inner => context => before(context, inner));
            next(app);
        };
    }
}
