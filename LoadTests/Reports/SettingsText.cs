using System.Globalization;
using LoadTests.Engine;
using Microsoft.AspNetCore.Http.Connections;

namespace LoadTests.Reports;

/// <summary>The settings as lines of text.</summary>
internal static class SettingsText
{
    /// <summary>Names of the transports, on the command line and in results.</summary>
    public static IReadOnlyDictionary<string, HttpTransportType> Transports { get; } = new Dictionary<string, HttpTransportType>
    {
        ["websockets"] = HttpTransportType.WebSockets,
        ["sse"] = HttpTransportType.ServerSentEvents,
        ["long-polling"] = HttpTransportType.LongPolling,
    };

    public static string NameOf(HttpTransportType transport) =>
        string.Join(", ", Transports.Where(pair => transport.HasFlag(pair.Value)).Select(pair => pair.Key));

    /// <summary>The settings that had a part in a result.</summary>
    public static IEnumerable<(string Name, string Value)> Of(LoadSettings settings, ScenarioSettings heeded)
    {
        var units = heeded.HasFlag(ScenarioSettings.Units);
        if (heeded.HasFlag(ScenarioSettings.Hub))
        {
            yield return ("transport",
                NameOf(settings.Transport) + (settings.SkipNegotiation ? ", no negotiate" : "") + (settings.Lean ? ", lean client" : ""));
            yield return ("HTTP connections", settings.SharedHttp ? "one pool for all clients" : "each client its own");
        }

        if (heeded.HasFlag(ScenarioSettings.Connections))
        {
            yield return ("connections", Text($"{settings.Connections}"));
        }

        if (units)
        {
            yield return ("rate", settings.Rate > 0 ? Text($"{settings.Rate} units/s, open loop") : Text($"{settings.Connections} workers, closed loop"));
        }

        yield return ("duration", Text($"{settings.Duration:c}") + (units ? Text($" after {settings.WarmUp:c} of warm-up") : ""));
        if (heeded.HasFlag(ScenarioSettings.Message))
        {
            yield return ("message", Text($"{settings.MessageSize} characters"));
        }

        if (heeded.HasFlag(ScenarioSettings.Broadcast))
        {
            yield return ("method, event", Text($"{settings.Method}, {settings.Event}"));
        }

        if (heeded.HasFlag(ScenarioSettings.Page))
        {
            yield return ("page", settings.Page.ToString());
        }

        yield return ("cookies", settings.Cookies ? "kept" : "ignored");
        yield return ("timeout", Text($"{settings.Timeout:c}"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
