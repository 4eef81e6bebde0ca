using System.Text.Json;
using LoadTests;
using Spectre.Console;
using Xunit;

namespace EndToEndTests.LoadGenerator;

/// <summary>Whole runs, against a real server.</summary>
public sealed class LoadTestsCommandTests : IAsyncLifetime
{
    private static readonly string[] Short = ["--duration", "00:00:00.5", "--warm-up", "00:00:00", "--connections", "5", "--rate", "100"];

    private readonly string _json = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
    private readonly string _html = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
    private readonly StringWriter _console = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private EchoServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await EchoServer.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        File.Delete(_json);
        File.Delete(_html);
    }

    [Theory]
    [InlineData("connect", "websockets", "/hub", 50)]
    [InlineData("connect", "long-polling", "/hub", 50)]
    [InlineData("echo", "websockets", "/hub", 50)]
    [InlineData("echo", "sse", "/hub", 50)]
    [InlineData("echo", "long-polling", "/hub", 50)]
    [InlineData("idle", "websockets", "/hub", 0)]
    [InlineData("http", "websockets", "/plain", 50)]
    public async Task Run_EachScenario_PrintsAndWritesWhatItMeasured(string scenario, string transport, string path, int units)
    {
        var code = await RunAsync([scenario, "--url", _server.At(path).ToString(), "--transport", transport, "--json", _json, .. Short]);

        Assert.Equal((0, ""), (code, _error.ToString()));
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(_json, TestContext.Current.CancellationToken));
        Assert.Equal((scenario, units, 0), (
            json.RootElement.GetProperty("scenario").GetString(),
            json.RootElement.GetProperty("succeeded").GetInt32(),
            json.RootElement.GetProperty("failed").GetInt32()));
        Assert.Equal(100, json.RootElement.GetProperty("settings").GetProperty("rate").GetDouble());
        Assert.Contains(_server.At(path).ToString(), _console.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("connect", "websockets", "/hub", 50)]
    [InlineData("connect", "long-polling", "/hub", 50)]
    [InlineData("echo", "sse", "/hub", 50)]
    [InlineData("idle", "websockets", "/hub", 0)]
    [InlineData("storm", "websockets", "/hub", 0)]
    [InlineData("http", "websockets", "/plain", 50)]
    public async Task Run_LeanClient_DoesTheSame(string scenario, string transport, string path, int units)
    {
        var code = await RunAsync([scenario, "--url", _server.At(path).ToString(), "--transport", transport, "--client", "lean", "--json", _json, .. Short]);

        Assert.Equal((0, ""), (code, _error.ToString()));
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(_json, TestContext.Current.CancellationToken));
        Assert.Equal((units, 0), (json.RootElement.GetProperty("succeeded").GetInt32(), json.RootElement.GetProperty("failed").GetInt32()));
    }

    [Fact]
    public async Task Run_StormAndTheSocketsAreCut_AllComeBack()
    {
        var code = await RunAsync(["storm", "--url", _server.At("/hub").ToString(), "--connections", "5", "--duration", "00:00:03"], written: () =>
        {
            if (_console.ToString().Contains("measuring", StringComparison.Ordinal)) // so all are open
            {
                _server.CutSockets();
            }
        });

        Assert.Equal(0, code);
        Assert.Matches("connections that broke\\W+5", _console.ToString());
        Assert.Matches("connections that are back\\W+5", _console.ToString());
    }

    [Fact]
    public async Task Broadcast_AnotherHubsMethodAndEvent_AreNamedOnTheCommandLine()
    {
        var code = await RunAsync(["broadcast", "--url", _server.At("/hub").ToString(), "--method", "Tell/1", "--event", "told/1", .. Short]);

        Assert.Equal((0, ""), (code, _error.ToString()));
        Assert.Matches("deliveries expected\\W+250\\b", _console.ToString()); // 50 messages to 5 connections
        Assert.Matches("delivery, from the call\\W+250,", _console.ToString());
        Assert.Matches("deliveries lost\\W+0\\b", _console.ToString());
    }

    [Fact]
    public async Task Broadcast_ConnectionsAreCut_DeliveriesAreLost()
    {
        var code = await RunAsync(
            ["broadcast", "--url", _server.At("/hub").ToString(), "--method", "Tell/1", "--event", "told/1", .. Short, "--timeout", "00:00:05"],
            written: () =>
            {
                if (_console.ToString().Contains("measuring", StringComparison.Ordinal))
                {
                    _server.CutSockets();
                }
            });

        Assert.Equal(LoadTestsCommand.FailedUnits, code);
        Assert.Matches("deliveries lost\\W+[1-9]", _console.ToString());
    }

    [Fact]
    public async Task Broadcast_OneConnectionMissesEachMessage_FailsEachUnit()
    {
        var code = await RunAsync(
            ["broadcast", "--url", _server.At("/hub").ToString(), "--method", "TellFewer/1", "--event", "told/1", .. Short, "--timeout", "00:00:03"]);

        Assert.Equal(LoadTestsCommand.FailedUnits, code);
        Assert.Matches("units\\W+50 started, 0 succeeded, 50 failed", _console.ToString());
        Assert.Matches("deliveries lost\\W+50\\b", _console.ToString());
        Assert.Contains("A message did not reach all of its connections", _console.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Broadcast_EventThatNeverComes_ExitsWith1AndNamesTheOptions()
    {
        var code = await RunAsync(
            ["broadcast", "--url", _server.At("/hub").ToString(), "--method", "Tell/1", "--event", "silence/1", .. Short, "--timeout", "00:00:03"]);

        Assert.Equal(LoadTestsCommand.Failure, code);
        Assert.Contains("no silence/1 brought", _console.ToString(), StringComparison.Ordinal);
        Assert.Contains("--event", _console.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_HubLacksTheMethod_ExitsWith1AndTheHubsWords()
    {
        var code = await RunAsync(["broadcast", "--url", _server.At("/hub").ToString(), "--method", "Shout/1", .. Short]);

        Assert.Equal(LoadTestsCommand.Failure, code);
        Assert.Contains("Shout", _console.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Html_WritesThePage()
    {
        await RunAsync(["http", "--url", _server.At("/plain").ToString(), "--html", _html, .. Short]);

        var page = await File.ReadAllTextAsync(_html, TestContext.Current.CancellationToken);
        Assert.StartsWith("<!DOCTYPE html>", page, StringComparison.Ordinal);
        Assert.Contains(_server.At("/plain").ToString(), page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_SomeUnitsFail_ExitsWith2AndSaysHow()
    {
        var code = await RunAsync(["http", "--url", _server.At("/once").ToString(), .. Short]);

        Assert.Equal(LoadTestsCommand.FailedUnits, code);
        Assert.Contains("503", _console.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ConnectionsAreLost_ExitsWith2()
    {
        var code = await RunAsync(["idle", "--url", _server.At("/hub").ToString(), .. Short], written: () =>
        {
            if (_console.ToString().Contains("measuring", StringComparison.Ordinal)) // so all are open
            {
                _server.CutSockets();
            }
        });

        Assert.Equal(LoadTestsCommand.FailedUnits, code);
        Assert.Matches("connections lost\\W+5", _console.ToString());
    }

    [Fact]
    public async Task Run_NoServer_ExitsWith1AndTheCause()
    {
        await _server.DisposeAsync();

        var code = await RunAsync(["echo", "--url", _server.At("/hub").ToString(), .. Short]);

        Assert.Equal(LoadTestsCommand.Failure, code);
        Assert.Contains("refused", _console.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "scenario")]
    [InlineData("nothing --url http://localhost", "nothing")]
    [InlineData("echo", "--url")]
    [InlineData("echo --url ftp://localhost", "--url is 'ftp://localhost'")]
    [InlineData("echo --url http://localhost --rate fast", "--rate is 'fast'")]
    [InlineData("echo --url http://localhost --rate -1", "--rate is '-1'")]
    [InlineData("echo --url http://localhost --connections 0", "--connections is '0'")]
    [InlineData("echo --url http://localhost --duration 10", "--duration is '10'")]
    [InlineData("echo --url http://localhost --transport smoke", "smoke")]
    [InlineData("echo --url http://localhost --transport sse --skip-negotiation", "--skip-negotiation")]
    [InlineData("sse --url http://localhost --transport websockets", "--transport")]
    [InlineData("long-poll --url http://localhost --skip-negotiation", "--skip-negotiation")]
    [InlineData("broadcast --url http://localhost --method Send", "--method is 'Send'")]
    [InlineData("broadcast --url http://localhost --event Receive/0", "--event is 'Receive/0'")]
    [InlineData("broadcast --url http://localhost --event /1", "--event is '/1'")]
    [InlineData("mixed --url http://localhost --page page", "--page is 'page'")]
    [InlineData("echo --url http://localhost --client lean --skip-negotiation", "--client lean")]
    [InlineData("echo --url http://localhost --client fat", "fat")]
    [InlineData("storm --url http://localhost --kill-pid 0", "--kill-pid")]
    [InlineData("echo --url http://localhost --unknown", "--unknown")]
    public async Task Parse_BadInput_ExitsWith1AndNamesIt(string args, string named)
    {
        var code = await RunAsync(args.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(LoadTestsCommand.Failure, code);
        Assert.Contains(named, _error.ToString() + _console, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_ListsScenariosAndOptions()
    {
        var code = await RunAsync(["--help"]);

        Assert.Equal(0, code);
        Assert.All(
            ["connect", "echo", "idle", "http", "broadcast", "sse", "long-poll", "mixed", "--rate", "--cookies", "--method", "--json", "--html"],
            word => Assert.Contains(word, _output.ToString(), StringComparison.Ordinal));
    }

    private Task<int> RunAsync(string[] args, Action? written = null)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(_console) });
        console.Profile.Width = 200;
        return new LoadTestsCommand(new ListeningConsole(console, written ?? (() => { }))).InvokeAsync(args, _output, _error);
    }
}
