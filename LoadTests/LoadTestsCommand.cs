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
    private readonly Option<int> _messageSize = new("--message-size") { Description = "Characters of a message." };
    private readonly Option<HubMember> _method = new("--method")
    {
        Description = "The hub's method that sends its last argument to all.",
        HelpName = "NAME/ARGUMENTS"
    };
    private readonly Option<HubMember> _event = new("--event") { Description = "The event by which that message arrives.", HelpName = "NAME/ARGUMENTS" };
    private readonly Option<Uri?> _page = new("--page") { Description = "What mixed gets by plain HTTP; the site's root when left out.", HelpName = "URL" };
    private readonly Option<string> _client = new("--client") { Description = "official, or lean: raw sockets, for loads that would be the official client's limit (plain HTTP only)." };
    private readonly Option<int?> _killPid = new("--kill-pid") { Description = "storm: the process of a node, killed once the connections are open. Left out: kill one yourself.", HelpName = "PID" };
    private readonly Option<FileInfo?> _json = new("--json") { Description = "Write the result to this file as well.", HelpName = "FILE" };
    private readonly Option<FileInfo?> _html = new("--html") { Description = "Write a report with charts to this file as well.", HelpName = "FILE" };
    private readonly ScenarioDefinition[] _scenarios;

    /// <param name="console">Gets progress and results.</param>
    /// <param name="additional">Scenarios of the caller.</param>
    public LoadTestsCommand(IAnsiConsole console, params IEnumerable<ScenarioDefinition> additional)
    {
        _console = console;
        _scenarios = [.. ScenarioSet.All, .. additional];
        var defaults = new LoadSettings { Scenario = "", Url = new Uri("http://localhost") };
        _connections.DefaultValueFactory = _ => defaults.Connections;
        _rate.DefaultValueFactory = _ => defaults.Rate;
        _duration.DefaultValueFactory = _ => defaults.Duration;
        _warmUp.DefaultValueFactory = _ => defaults.WarmUp;
        _timeout.DefaultValueFactory = _ => defaults.Timeout;
        _messageSize.DefaultValueFactory = _ => defaults.MessageSize;
        _method.DefaultValueFactory = _ => defaults.Method;
        _event.DefaultValueFactory = _ => defaults.Event;
        _transport.DefaultValueFactory = _ => SettingsText.NameOf(defaults.Transport);
        _transport.AcceptOnlyFromAmong([.. SettingsText.Transports.Keys]);
        _client.DefaultValueFactory = _ => OfficialClient;
        _client.AcceptOnlyFromAmong(OfficialClient, LeanClient);
        _scenario.AcceptOnlyFromAmong([.. _scenarios.Select(scenario => scenario.Name)]);
        _scenario.Description = "What to run. " + string.Join("; ", _scenarios.Select(scenario => $"{scenario.Name}: {scenario.Summary}")) + ".";
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
            _scenario, _url, _connections, _rate, _duration, _warmUp, _timeout, _transport, _skipNegotiation, _cookies, _sharedHttp, _client, _killPid,
            _messageSize,
            _method, _event, _page, _json, _html,
        };
        root.SetAction(RunAsync);
        root.Add(CompareCommand.Create(_console));
        return root.Parse(args).InvokeAsync(
            new InvocationConfiguration { Output = output ?? Console.Out, Error = error ?? Console.Error, ProcessTerminationTimeout = TimeToEnd });
    }

    private void AddChecks()
    {
        AcceptUrl(_url);
        AcceptUrl(_page);
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
        Accept(_method, _ => true, "a name and its number of arguments, such as Send/2");
        Accept(_event, _ => true, "a name and its number of arguments, such as Receive/3");
    }

    private static void AcceptUrl(Option<Uri?> option) => option.CustomParser = result =>
    {
        var text = result.Tokens[^1].Value;
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
        {
            return url;
        }

        result.AddError($"{option.Name} is '{text}' but must begin with http:// or https://.");
        return null;
    };

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
        var name = parsed.GetRequiredValue(_scenario);
        var scenario = _scenarios.Single(definition => definition.Name.Equals(name, StringComparison.Ordinal));
        var settings = SettingsOf(parsed, scenario);
        if (settings is { SkipNegotiation: true, Transport: not HttpTransportType.WebSockets })
        {
            _console.MarkupLine("[red]--skip-negotiation works with --transport websockets only.[/]");
            return Failure;
        }

        if (scenario.Transport is not null && parsed.GetResult(_transport) is { Implicit: false })
        {
            _console.MarkupLineInterpolated($"[red]--transport has no part in {name}, which chooses its own.[/]");
            return Failure;
        }

        if (settings.Lean && (scenario.CreateLean is null || settings.SkipNegotiation))
        {
            _console.MarkupLineInterpolated($"[red]--client lean knows neither --skip-negotiation nor the scenarios that only the official client can do.[/]");
            return Failure;
        }

        try
        {
            var trace = new ConnectionTrace();
            var result = await LiveProgress.ShowAsync(
                _console,
                name,
                progress => new LoadRunner(TimeProvider.System, progress).RunAsync(
                    settings.Lean
                        ? scenario.CreateLean!(settings, TimeProvider.System)
                        : scenario.Create(settings, trace, TimeProvider.System), settings, trace, stop));
            ConsoleReport.Write(_console, result);
            await WriteAsync(parsed.GetValue(_json), result, JsonReport.Write);
            await WriteAsync(parsed.GetValue(_html), result, HtmlReport.Write);
            return result.Failed == 0 && result.ConnectionsLost == 0 ? 0 : FailedUnits;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            _console.MarkupLineInterpolated($"[red]{name} on {settings.Url}: {error.GetBaseException().Message}[/]");
            return Failure;
        }
    }

    private static Task WriteAsync(FileInfo? file, LoadResult result, Func<LoadResult, string> write) =>
        file is null ? Task.CompletedTask : File.WriteAllTextAsync(file.FullName, write(result), CancellationToken.None);

    private LoadSettings SettingsOf(ParseResult parsed, ScenarioDefinition scenario) => new()
    {
        Scenario = scenario.Name,
        Url = parsed.GetRequiredValue(_url)!,
        Connections = parsed.GetValue(_connections),
        Rate = parsed.GetValue(_rate),
        Duration = parsed.GetValue(_duration),
        WarmUp = parsed.GetValue(_warmUp),
        Timeout = parsed.GetValue(_timeout),
        Transport = scenario.Transport ?? SettingsText.Transports[parsed.GetRequiredValue(_transport)],
        SkipNegotiation = parsed.GetValue(_skipNegotiation),
        Cookies = parsed.GetValue(_cookies),
        SharedHttp = parsed.GetValue(_sharedHttp),
        MessageSize = parsed.GetValue(_messageSize),
        Method = parsed.GetValue(_method),
        Event = parsed.GetValue(_event),
        Page = parsed.GetValue(_page),
        Lean = parsed.GetValue(_client) == LeanClient,
        KillPid = parsed.GetValue(_killPid),
    };
}
