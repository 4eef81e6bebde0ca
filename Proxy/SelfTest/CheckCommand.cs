using System.Text.Json;

namespace Proxy.SelfTest;

/// <summary><c>Proxy check</c>: the self-test from a shell; no gateway has to run here.</summary>
internal static class CheckCommand
{
    /// <summary>Where a token may stand instead of on the command line, which others can see.</summary>
    public const string TokenVariable = "CHECK_ACCESS_TOKEN";

    private const string Usage = "Proxy check --url https://public.example/hub [--idle 00:02:00] [--access-token TOKEN] [--json]";

    // Longer than a poll of 90 s, so that one whole poll is seen.
    private static readonly TimeSpan DefaultIdle = TimeSpan.FromMinutes(2);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <returns>0 when nothing stands in the way.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors)
    {
        var options = new Dictionary<string, string?>(StringComparer.Ordinal);
        if (!TryRead(args, options, out var problem)
            || CheckTarget.TryCreate(
                options.GetValueOrDefault("--url"),
                options.GetValueOrDefault("--idle"),
                DefaultIdle,
                options.GetValueOrDefault("--access-token") ?? Environment.GetEnvironmentVariable(TokenVariable),
                out problem) is not { } target)
        {
            await errors.WriteLineAsync(problem);
            await errors.WriteLineAsync(Usage);
            return 1;
        }

        var isJson = options.ContainsKey("--json");
        if (!isJson)
        {
            await errors.WriteLineAsync($"Testing {target.Shown}; this takes some seconds{(target.Idle > TimeSpan.Zero ? $" and the idle time, {target.Idle:c}" : "")} …");
        }

        var report = await new SelfTestRun(target, ownerOf: null, TimeProvider.System).RunAsync(CancellationToken.None);
        await output.WriteLineAsync(isJson ? JsonSerializer.Serialize(report, Json) : CheckText.Of(report));
        return report.IsGood ? 0 : 1;
    }

    private static bool TryRead(string[] args, Dictionary<string, string?> options, out string? problem)
    {
        for (var i = 0; i < args.Length; i++)
        {
            var equals = args[i].IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? args[i] : args[i][..equals];
            if (name is "--json" && equals < 0)
            {
                options[name] = null;
                continue;
            }

            if (name is not ("--url" or "--idle" or "--access-token"))
            {
                problem = $"'{name}' is not known."; // only its name: the rest may be a token
                return false;
            }

            if (equals < 0 && ++i == args.Length)
            {
                problem = $"A value is missing behind {name}.";
                return false;
            }

            options[name] = equals < 0 ? args[i] : args[i][(equals + 1)..];
        }

        problem = null;
        return true;
    }
}
