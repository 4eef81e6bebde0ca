using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Proxy.Admin.Dashboard;
using Proxy.Admin.Metrics;
using Proxy.Configuration;
using Proxy.Hosting;

namespace Proxy.Admin;

/// <summary>The admin listener: a web host of its own inside the process, so that it can never take over the gateway's addresses.</summary>
internal sealed partial class AdminListener(
    LiveConfiguration live, AdminApi api, AffinityApi affinity, CheckApi check, PrometheusExport metrics, ILoggerFactory loggers)
    : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan MaxStopTime = TimeSpan.FromSeconds(1);

    private readonly ILogger _logger = loggers.CreateLogger<AdminListener>();
    private WebApplication? _app;

    /// <summary>Where it listens; <see langword="null"/> when it is off or not started.</summary>
    public string? Url => _app?.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var options = live.Current.Options.Admin;
        if (string.IsNullOrEmpty(options.Url))
        {
            return;
        }

        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.Sources.Clear(); // Its address comes from Gateway:Admin:Url alone.
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<ILoggerFactory>(new AdminLoggerFactory(loggers));
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        var app = builder.Build();
        app.Urls.Add(options.Url);
        app.UseMiddleware<AdminAnswers>();
        app.UseMiddleware<AdminGuard>(live);
        api.Map(app);
        affinity.Map(app);
        check.Map(app);
        metrics.Start();
        metrics.Map(app);
        DashboardPage.Map(app);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception exception)
        {
            await app.DisposeAsync();
            if (exception is OperationCanceledException)
            {
                throw;
            }

            throw new ListenException($"Gateway:Admin:Url ({options.Url})", exception);
        }

        _app = app;
        Log.Listening(_logger, Url);
    }

    public Task StopAsync(CancellationToken cancellationToken) => _app?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_app is not { } app)
        {
            return;
        }

        // If the host was not stopped before, requests are under way, and their services must not be gone.
        using var limit = new CancellationTokenSource(MaxStopTime);
        await app.StopAsync(limit.Token);
        await app.DisposeAsync();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Admin listener on {Url}", EventName = "AdminListening")]
        public static partial void Listening(ILogger logger, string? url);
    }
}
