using Proxy.Configuration;


namespace Proxy.Affinity.Sharing;

/// <summary>Connects to the store that replicas share, and once a second writes what changed and renews what lives.</summary>
internal sealed partial class SharedIdsWriter(
    SharedIds ids, RedisStore store, LiveConfiguration live, TimeProvider time, ILogger<SharedIdsWriter> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private string? _configuration;
    private Task _connecting = Task.CompletedTask;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (ids.IsEnabled)
        {
            _connecting = FollowConfigurationAsync();
            await Task.WhenAny(_connecting, Task.Delay(RedisStore.ConnectWait, time, cancellationToken)); // then the gateway starts without
            await base.StartAsync(cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await TurnAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private async Task TurnAsync()
    {
        try
        {
            await _connecting;
            _connecting = FollowConfigurationAsync();
            await _connecting;
            if (!await ids.FlushAsync())
            {
                await store.PingAsync();
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            _connecting = Task.CompletedTask;
            Log.TurnFailed(logger, exception);
        }
    }

    private async Task FollowConfigurationAsync()
    {
        var configuration = live.Current.Options.Affinity.Redis.Configuration;
        if (!string.Equals(configuration, _configuration, StringComparison.Ordinal) && await store.ConnectAsync(configuration))
        {
            _configuration = configuration;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Sharing learned ids failed and is tried again in a second.", EventName = "SharingFailed")]
        public static partial void TurnFailed(ILogger logger, Exception exception);
    }
}
