using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Tests.Common;

/// <summary>The gateway inside the test's process, on ports that the system chose.</summary>
public sealed class TestGateway : IAsyncDisposable
{
    /// <summary>What every gateway under test gets; warming up each of them would take longer than most tests.</summary>
    internal static readonly string[] DefaultOptions = ["--Gateway:Admin:Url=http://127.0.0.1:0", "--Gateway:WarmUp=false"];

    /// <summary>What the gateway logs before the admin listener's address.</summary>
    internal const string AdminListening = "Admin listener on ";

    private readonly WebApplication _app;
    private readonly Socket _port = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private AdminClient? _admin;

    private TestGateway(WebApplication app, LogCollector log)
    {
        _app = app;
        Log = log;
    }

    /// <summary>The first address it listens on.</summary>
    public Uri Url => Urls[0];

    public IReadOnlyList<Uri> Urls => [.. _app.Urls.Select(url => new Uri(url))];

    public LogCollector Log { get; }

    public AdminClient Admin => _admin ??= new AdminClient(FindAdminUrl());

    /// <param name="nodes">Name and address of each hub node.</param>
    /// <param name="recorder">Sees every request.</param>
    /// <param name="options">More of the gateway's command line; a later one wins.</param>
    public static Task<TestGateway> StartAsync(IEnumerable<(string Name, Uri Url)> nodes, RequestRecorder? recorder = null, params string[] options) =>
        StartAsync(nodes, recorder, configure: null, options);

    /// <param name="nodes">Name and address of each hub node.</param>
    /// <param name="recorder">Sees every request.</param>
    /// <param name="configure">Applied last, such as for a clock or for routers.</param>
    /// <param name="options">More of the gateway's command line; a later one wins.</param>
    public static async Task<TestGateway> StartAsync(
        IEnumerable<(string Name, Uri Url)> nodes, RequestRecorder? recorder, Action<WebApplicationBuilder>? configure, params string[] options)
    {
        var log = new LogCollector();
        var app = Proxy.GatewayApp.Build(["--urls=http://127.0.0.1:0", .. DefaultOptions, .. NodeOptions(nodes), .. options], builder =>
        {
            builder.Logging.ClearProviders().AddProvider(log);
            if (recorder is not null)
            {
                builder.Services.AddSingleton(recorder.At("gateway"));
            }

            configure?.Invoke(builder);
        });
        await app.StartAsync();
        return new TestGateway(app, log);
    }

    /// <summary>The command line that names the nodes.</summary>
    public static IEnumerable<string> NodeOptions(IEnumerable<(string Name, Uri Url)> nodes)
        => nodes.Select(node => $"--Gateway:Nodes:{node.Name}={node.Url.GetLeftPart(UriPartial.Authority)}");

    /// <summary>What SIGTERM does; returns when the gateway has stopped. Its port refuses connections until it is disposed of.</summary>
    public async Task StopAsync()
    {
        var port = Url.Port;
        await _app.StopAsync();
        _port.Bind(new IPEndPoint(IPAddress.Loopback, port)); // clients that come back must not reach the server of another test
    }

    public async ValueTask DisposeAsync()
    {
        _admin?.Dispose();
        _port.Dispose();

        // A host that ends without a stop reports a background service whose task had no time to begin.
        Log.Expect(static entry => entry.Event.Name is "BackgroundServiceFaulted" or "BackgroundServiceStoppingHost" && entry.Exception is TaskCanceledException);
        await _app.DisposeAsync();
    }

    private Uri FindAdminUrl() => ServerProcess.FindUrl(AdminListening, Log.Entries.Select(entry => entry.Message))
        ?? throw new InvalidOperationException("The gateway has no admin listener.");
}
