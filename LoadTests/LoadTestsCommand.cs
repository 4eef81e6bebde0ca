using System.CommandLine;
using System.Globalization;
using LoadTests.Comparison;
using LoadTests.Connections;
using LoadTests.Engine;
using LoadTests.Reports;
using LoadTests.Scenarios;
using Microsoft.AspNetCore.Http.Connections;
using Spectre.Console;

namespace LoadTests;

/// <summary>The command line: what it accepts, and the run it starts.</summary>
public sealed class LoadTestsCommand
{
    /// <summary>Exit code of bad input and of a set-up that failed.</summary>
    public const int Failure = 1;

    /// <summary>Exit code of a run in which units failed or connections were lost.</summary>
    public const int FailedUnits = 2;

    private const string OfficialClient = "official";
    private const string LeanClient = "lean";

    // "10" would be ten days.
    private static readonly TimeSpan LongestTime = TimeSpan.FromDays(1);

    // After Ctrl+C: for what runs beside, which is ended before.
    private static readonly TimeSpan TimeToEnd = TimeSpan.FromSeconds(30);

    private readonly IAnsiConsole _console;
    private readonly Argument<string> _scenario = new("scenario");
    private readonly Option<Uri?> _url = new("--url") { Description = "The hub's URL (http: the URL to ask for).", Required = true, HelpName = "URL" };
    private readonly Option<int> _connections = new("--connections") { Description = "Connections kept open; workers when the rate is 0." };
    private readonly Option<double> _rate = new("--rate") { Description = "Units per second, whatever the answers do; 0 = as fast as possible (closed loop)." };
    private readonly Option<TimeSpan> _duration = new("--duration") { Description = "Measured time.", HelpName = "hh:mm:ss" };
    private readonly Option<TimeSpan> _warmUp = new("--warm-up") { Description = "The same load before it, not measured.", HelpName = "hh:mm:ss" };
    private readonly Option<TimeSpan> _timeout = new("--timeout") { Description = "Longest wait for an answer.", HelpName = "hh:mm:ss" };
    private readonly Option<string> _transport = new("--transport") { Description = "Transport of hub connections." };
    private readonly Option<bool> _skipNegotiation = new("--skip-negotiation") { Description = "Open WebSockets without a negotiate." };
    private readonly Option<bool> _cookies = new("--cookies") { Description = "Keep cookies, each client its own." };
    private readonly Option<bool> _sharedHttp = new("--shared-http") { Description = "One pool of TCP connections for all that is no WebSocket." };
    private readonly Option<string> _client = new("--client") { Description = "official, or lean: raw sockets, for loads that would be the official client's limit (plain HTTP only)." };
    private readonly Option<int?> _killPid = new("--kill-pid") { Description = "storm: the process of a node, killed once the connections are open. Left out: kill one yourself.", HelpName = "PID" };
    private readonly Option<int> _messageSize = new("--message-size") { Description = "Characters of an echo's text." };
    private readonly Option<FileInfo?> _json = new("--json") { Description = "Write the result to this file as well.", HelpName = "FILE" };

    /// <param name="console">Gets progress and results.</param>
    public LoadTestsCommand(IAnsiConsole console)
    {
        _console = console;
        var defaults = new LoadSettings { Scenario = "", Url = new Uri("http://localhost") };
        _connections.DefaultValueFactory = _ => defaults.Connections;
        _rate.DefaultValueFactory = _ => defaults.Rate;
        _duration.DefaultValueFactory = _ => defaults.Duration;
        _warmUp.DefaultValueFactory = _ => defaults.WarmUp;
        _timeout.DefaultValueFactory = _ => defaults.Timeout;
        _messageSize.DefaultValueFactory = _ => defaults.MessageSize;
        _transport.DefaultValueFactory = _ => SettingsText.NameOf(defaults.Transport);
        _transport.AcceptOnlyFromAmong([.. SettingsText.Transports.Keys]);
        _client.DefaultValueFactory = _ => OfficialClient;
        _client.AcceptOnlyFromAmong(OfficialClient, LeanClient);
        _scenario.AcceptOnlyFromAmong([.. ScenarioSet.All.Select(scenario => scenario.Name)]);
        _scenario.Description = "What to run. " + string.Join("; ", ScenarioSet.All.Select(scenario => $"{scenario.Name}: {scenario.Summary}")) + ".";
        AddChecks();
    }

    /// <summary>Parses and runs.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="output">Gets the help; the console's when left out.</param>
    /// <param name="error">Gets what is wrong with the command line; the console's when left out.</param>
    /// <returns>The exit code.</returns>
    public Task<int> InvokeAsync(string[] args, TextWriter? output = null, TextWriter? error = null)
    {
        var root = new RootCommand("Puts load on a SignalR hub or a URL, and measures what a user would have waited.")
        {
            _scenario, _url, _connections, _rate, _duration, _warmUp, _timeout, _transport, _skipNegotiation, _cookies, _sharedHttp, _client, _killPid, _messageSize, _json,
        };
        root.SetAction(RunAsync);
        root.Add(CompareCommand.Create(_console));
        return root.Parse(args).InvokeAsync(
            new InvocationConfiguration { Output = output ?? Console.Out, Error = error ?? Console.Error, ProcessTerminationTimeout = TimeToEnd });
    }

    private void AddChecks()
    {
        _url.CustomParser = result =>
        {
            var text = result.Tokens[^1].Value;
            if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
            {
                return url;
            }

            result.AddError($"--url is '{text}' but must begin with http:// or https://.");
            return null;
        };
        Accept(_connections, value => value > 0, "a whole number above 0");
        Accept(_rate, value => value is >= 0 and <= 1_000_000, "a number from 0 to 1000000");
        Accept(_duration, value => value > TimeSpan.Zero && value < LongestTime, "a time as hh:mm:ss, above 0 and below a day");
        Accept(_warmUp, value => value >= TimeSpan.Zero && value < LongestTime, "a time as hh:mm:ss, below a day");
        Accept(_timeout, value => value > TimeSpan.Zero && value < LongestTime, "a time as hh:mm:ss, above 0 and below a day");
        _killPid.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is <= 0)
            {
                result.AddError("--kill-pid must be the id of a process.");
            }
        });
        Accept(_messageSize, value => value >= 0, "a whole number, not negative");
    }

    // One place for what cannot be read and what is out of range: the message names option, value and rule.
    private static void Accept<T>(Option<T> option, Func<T, bool> rule, string expectation)
        where T : struct, IParsable<T>
        => option.CustomParser = result =>
        {
            var text = result.Tokens[^1].Value;
            if (T.TryParse(text, CultureInfo.InvariantCulture, out var value) && rule(value))
            {
                return value;
            }

            result.AddError($"{option.Name} is '{text}' but must be {expectation}.");
            return default;
        };

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken stop)
    {
        var settings = new LoadSettings
        {
            Scenario = parsed.GetRequiredValue(_scenario),
            Url = parsed.GetRequiredValue(_url)!,
            Connections = parsed.GetValue(_connections),
            Rate = parsed.GetValue(_rate),
            Duration = parsed.GetValue(_duration),
            WarmUp = parsed.GetValue(_warmUp),
            Timeout = parsed.GetValue(_timeout),
            Transport = SettingsText.Transports[parsed.GetRequiredValue(_transport)],
            SkipNegotiation = parsed.GetValue(_skipNegotiation),
            Cookies = parsed.GetValue(_cookies),
            SharedHttp = parsed.GetValue(_sharedHttp),
            MessageSize = parsed.GetValue(_messageSize),
            Lean = parsed.GetValue(_client) == LeanClient,
            KillPid = parsed.GetValue(_killPid),
        };
        if (settings is { SkipNegotiation: true, Transport: not HttpTransportType.WebSockets })
        {
            _console.MarkupLine("[red]--skip-negotiation works with --transport websockets only.[/]");
            return Failure;
        }

        var definition = ScenarioSet.Get(settings.Scenario);
        if (settings.Lean && (definition.CreateLean is null || settings.SkipNegotiation))
        {
            _console.MarkupLineInterpolated($"[red]--client lean knows neither --skip-negotiation nor the scenarios that only the official client can do.[/]");
            return Failure;
        }

        try
        {
            var trace = new ConnectionTrace();
            var scenario = settings.Lean ? definition.CreateLean!(settings, TimeProvider.System) : definition.Create(settings, trace, TimeProvider.System);
            var runner = new LoadRunner(TimeProvider.System, step => _console.MarkupLineInterpolated($"[grey]{settings.Scenario}: {step}[/]"));
            var result = await runner.RunAsync(scenario, settings, trace, stop);
            ConsoleReport.Write(_console, result);
            if (parsed.GetValue(_json) is { } file)
            {
                await File.WriteAllTextAsync(file.FullName, JsonReport.Write(result), CancellationToken.None);
            }

            return result.Failed == 0 && result.ConnectionsLost == 0 ? 0 : FailedUnits;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            _console.MarkupLineInterpolated($"[red]{settings.Scenario} on {settings.Url}: {error.Message}[/]");
            return Failure;
        }
    }
}
