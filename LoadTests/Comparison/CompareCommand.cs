using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using LoadTests.Comparison.Cases;
using LoadTests.Comparison.Contenders;
using LoadTests.Comparison.Results;
using Spectre.Console;

namespace LoadTests.Comparison;

/// <summary>The sub-command <c>compare</c>.</summary>
internal sealed class CompareCommand
{
    private const string CoresOption = "--cores";

    private static readonly string[] AllPeers = [NginxContender.PeerName, HAProxyContender.PeerName, YarpContender.PeerName];

    private readonly IAnsiConsole _console;
    private readonly Option<string> _peers = new("--peers") { Description = "Whom to compare with, separated by commas: nginx, haproxy, yarp. Those that are not installed are left out.", HelpName = "NAMES" };
    private readonly Option<string?> _nginx = new("--nginx") { Description = "The nginx to run, when it is not the one on PATH.", HelpName = "PATH" };
    private readonly Option<string?> _haproxy = new("--haproxy") { Description = "The HAProxy to run, when it is not the one on PATH.", HelpName = "PATH" };
    private readonly Option<string?> _gateway = new("--gateway") { Description = "The gateway to run: Proxy.dll or an executable. Left out: the one built beside this program.", HelpName = "PATH" };
    private readonly Option<string[]> _settings = new("--gateway-setting") { Description = "A setting of the gateway, as Gateway:Tunnel=stream; any number of them.", HelpName = "KEY=VALUE" };
    private readonly Option<string?> _cases = new("--cases")
    {
        Description = "What to run, separated by commas; all when left out. " + string.Join(", ", CaseNames) + ".",
        HelpName = "NAMES"
    };
    private readonly Option<int> _rounds = new("--rounds") { Description = "How often each contender gets each case.", DefaultValueFactory = _ => 3 };
    private readonly Option<double> _seconds = new("--seconds") { Description = "Measured time of a run.", DefaultValueFactory = _ => 10 };
    private readonly Option<double> _warmUp = new("--warm-up") { Description = "Seconds of the same load before it, for proxies that are compiled while they run; 4 at most for the others.", DefaultValueFactory = _ => 15 };
    private readonly Option<int> _connections = new("--connections")
    {
        Description = "No case opens more connections.",
        DefaultValueFactory = _ => int.MaxValue
    };
    private readonly Option<double> _rate = new("--rate") { Description = "No case starts more units per second.", DefaultValueFactory = _ => 1_000_000 };
    private readonly Option<FileInfo?> _output = new("--output")
    {
        Description = "Write the table into this page, between its two comments.",
        HelpName = "FILE"
    };
    private readonly Option<FileInfo?> _json = new("--json") { Description = "Write every sample to this file.", HelpName = "FILE" };

    // Set by this program itself, when it starts itself again on the generator's core.
    private readonly Option<string?> _cores = new(CoresOption) { Hidden = true };

    private CompareCommand(IAnsiConsole console)
    {
        _console = console;
        _peers.DefaultValueFactory = _ => string.Join(',', AllPeers);
        CheckNames(_peers, AllPeers);
        CheckNames(_cases, CaseNames);
        CheckPositive(_rounds);
        CheckPositive(_seconds);
        CheckPositive(_connections);
        CheckPositive(_rate);
    }

    private static IReadOnlyList<string> CaseNames { get; } = [.. CaseSet.All.Select(testCase => testCase.Name).Distinct(StringComparer.Ordinal)];

    /// <param name="console">Gets progress and the table.</param>
    public static Command Create(IAnsiConsole console)
    {
        var compare = new CompareCommand(console);
        var command = new Command("compare", "Measures the gateway against other proxies on this machine, and writes a table. Linux only.")
        {
            compare._peers, compare._nginx, compare._haproxy, compare._gateway, compare._settings, compare._cases, compare._rounds, compare._seconds,
            compare._warmUp, compare._connections, compare._rate, compare._output, compare._json, compare._cores,
        };
        command.SetAction(compare.RunAsync);
        return command;
    }

    private static void CheckNames<T>(Option<T> option, IReadOnlyList<string> known) => option.Validators.Add(result =>
    {
        foreach (var name in Split(result.Tokens.Count > 0 ? result.Tokens[^1].Value : "").Except(known, StringComparer.Ordinal))
        {
            result.AddError($"{option.Name} names '{name}', which is not one of {string.Join(", ", known)}.");
        }
    });

    private static void CheckPositive<T>(Option<T> option)
        where T : struct, IComparable<T> => option.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<T>().CompareTo(default) <= 0)
        {
            result.AddError($"{option.Name} must be above 0.");
        }
    });

    private static string[] Split(string? names) => (names ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken stop)
    {
        try
        {
            return parsed.GetValue(_cores) is { } cores
                ? await CompareAsync(parsed, Split(cores), stop)
                : await RunOnOneCoreAsync(parsed, stop);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            _console.MarkupLineInterpolated($"[red]{error.Message}[/]");
            return LoadTestsCommand.Failure;
        }
    }

    // The runtime reads its cores and its switches once, at its start.
    private static async Task<int> RunOnOneCoreAsync(ParseResult parsed, CancellationToken stop)
    {
        if (!OperatingSystem.IsLinux() || Programs.Find("taskset") is null)
        {
            throw new PlatformNotSupportedException("compare needs Linux and taskset (package util-linux).");
        }

        var cores = Machine.Cores().Take(2).Select(core => core.ToString(CultureInfo.InvariantCulture)).ToArray();
        string[] command = ["-c", cores[^1], .. Programs.Self, .. parsed.Tokens.Select(token => token.Value), CoresOption, string.Join(',', cores)];
        var info = new ProcessStartInfo("taskset", command) { UseShellExecute = false, RedirectStandardInput = true };
        info.Environment[OwnedProcess.InlineCompletions] = "1";
        using var process = Process.Start(info)!;
        await using (stop.Register(process.StandardInput.Close)) // which is what it ends by; and it is closed, too, when this process is killed
        {
            await process.WaitForExitAsync(CancellationToken.None);
        }

        return process.ExitCode;
    }

    private async Task<int> CompareAsync(ParseResult parsed, string[] cores, CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _ = Task.Factory.StartNew(
            () =>
            {
                while (Console.In.Read() >= 0)
                {
                }

                ending.Cancel();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

        var contenders = ContendersOf(parsed);
        var settings = SettingsOf(parsed, cores);
        var comparison = new ComparisonRun(settings, contenders, line => _console.MarkupLineInterpolated($"[grey]{line}[/]"));
        var results = await comparison.RunAsync(ending.Token);
        await ReportAsync(parsed, contenders, results);
        return results.All(result => result.Samples.All(sample => sample.Failed == 0)) ? 0 : LoadTestsCommand.FailedUnits;
    }

    private ContenderSet ContendersOf(ParseResult parsed)
    {
        var gateway = Path.GetFullPath(parsed.GetValue(_gateway) ?? Programs.Gateway());
        if (!File.Exists(gateway))
        {
            throw new FileNotFoundException($"There is no gateway at '{gateway}': build it, or name one with --gateway.");
        }

        string[] settings = [.. (parsed.GetValue(_settings) ?? []).Select(setting => "--" + setting)];
        return new ContenderSet(
            new GatewayContender(GatewayContender.Ours, gateway, settings),
            [.. Split(parsed.GetValue(_peers)).Select(name => PeerOf(name, parsed)).OfType<IContender>()],
            new GatewayContender(GatewayContender.WithoutAffinity, gateway, [.. settings, "--Gateway:Affinity:Mode=None"]));
    }

    private IContender? PeerOf(string name, ParseResult parsed)
    {
        IContender? peer = name switch
        {
            NginxContender.PeerName => (parsed.GetValue(_nginx) ?? Programs.Find("nginx")) is { } path ? new NginxContender(path) : null,
            HAProxyContender.PeerName => (parsed.GetValue(_haproxy) ?? Programs.Find("haproxy")) is { } path ? new HAProxyContender(path) : null,
            _ => new YarpContender(),
        };
        if (peer is null)
        {
            _console.MarkupLineInterpolated($"[yellow]{name} is not installed, and left out.[/]");
        }

        return peer;
    }

    private CompareSettings SettingsOf(ParseResult parsed, string[] cores) => new()
    {
        Cases = parsed.GetValue(_cases) is { } cases ? Split(cases) : CaseNames,
        Rounds = parsed.GetValue(_rounds),
        Duration = TimeSpan.FromSeconds(parsed.GetValue(_seconds)),
        WarmUp = TimeSpan.FromSeconds(parsed.GetValue(_warmUp)),
        MostConnections = parsed.GetValue(_connections),
        HighestRate = parsed.GetValue(_rate),
        ProxyCore = cores[0],
        AllCores = string.Join(',', cores),
    };

    private async Task ReportAsync(ParseResult parsed, ContenderSet contenders, IReadOnlyList<CaseResult> results)
    {
        var rows = results.SelectMany(result => result.Figures.Select((_, figure) => FigureRow.Of(result, figure))).ToArray();
        var text = new StringBuilder()
            .Append($"{Machine.Describe()}; {string.Join("; ", contenders.OursAndPeers.Select(contender => contender.Version).OfType<string>())}\n\n")
            .Append($"`dotnet run -c Release --project LoadTests -- {CommandLine(parsed)}`\n\n")
            .Append(TableWriter.Write(rows, [.. contenders.Peers.Select(peer => peer.Name)]))
            .Append("\nCores in use, and what was done with them:\n\n")
            .Append(TableWriter.WriteLoads(results))
            .ToString();
        await _console.Profile.Out.Writer.WriteLineAsync(text); // a table that is wrapped cannot be copied
        if (parsed.GetValue(_json) is { } file)
        {
            await File.WriteAllTextAsync(file.FullName, CompareJson.Write(rows, results));
        }

        if (parsed.GetValue(_output) is { } page)
        {
            await File.WriteAllTextAsync(page.FullName, TableWriter.Insert(await File.ReadAllTextAsync(page.FullName), text));
        }
    }

    // As it was given, but for what only this machine knows.
    private static string CommandLine(ParseResult parsed) => string.Join(' ', parsed.Tokens
        .Select(token => token.Value)
        .TakeWhile(token => token != CoresOption)
        .Select(token => Path.IsPathRooted(token) ? Path.GetFileName(token) : token));
}
