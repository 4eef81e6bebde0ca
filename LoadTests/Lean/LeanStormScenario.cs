using System.Diagnostics;
using LoadTests.Engine;
using LoadTests.Reports;

namespace LoadTests.Lean;

/// <summary>Holds WebSockets whose clients reconnect; kills a process once they are open, or leaves that to the user.</summary>
internal sealed class LeanStormScenario(LoadSettings settings, TimeProvider time) : IScenario
{
    private readonly LeanStorm _storm = new(settings, time);

    public ScenarioSettings Heeds => ScenarioSettings.Hub | ScenarioSettings.Connections;

    /// <summary>Those that broke and are not back.</summary>
    public int ConnectionsLost => _storm.Broken - _storm.Back;

    public async Task SetUpAsync(CancellationToken cancellationToken)
    {
        await _storm.OpenAsync(cancellationToken);
        if (settings.KillPid is { } pid)
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
        }
    }

    public Task RunUnitAsync(long number, CancellationToken cancellationToken) => throw new NotSupportedException("A storm has no units.");

    public IEnumerable<Figure> Figures() =>
    [
        new("connections that broke", _storm.Broken),
        new("connections that are back", _storm.Back),
        new("failed attempts to reconnect", _storm.FailedAttempts),
        new("from the first break to the last return", _storm.Lasted.TotalMilliseconds, "ms"),
        .. Percentiles.All.Select(percentile => new Figure(
            $"break to return, {percentile.Name}", _storm.Returns.Percentile(percentile.Percent).TotalMilliseconds, "ms")),
    ];

    public ValueTask DisposeAsync() => _storm.DisposeAsync();
}
