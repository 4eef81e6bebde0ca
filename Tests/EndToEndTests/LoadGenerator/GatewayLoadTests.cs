using System.Globalization;
using System.Text.Json;
using EndToEndTests.LoadGenerator.Samples;
using LoadTests;
using LoadTests.Scenarios;
using Spectre.Console;
using Tests.Common;
using Xunit;

namespace EndToEndTests.LoadGenerator;

/// <summary>Whole runs against two nodes behind the gateway, as the README has them.</summary>
public sealed class GatewayLoadTests : EndToEndTestBed
{
    private static readonly string[] Short = ["--duration", "00:00:01", "--warm-up", "00:00:00.2", "--rate", "100"];

    private readonly StringWriter _console = new();

    public static TheoryData<string> Scenarios => [.. ScenarioSet.All.Select(scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task Run_EachScenario_Succeeds(string scenario)
    {
        var result = await RunAsync(scenario);

        Assert.Equal(scenario is "idle" or "storm" ? 0 : 100, result.GetProperty("succeeded").GetInt32());
        Assert.Equal(0, result.GetProperty("failed").GetInt32());
    }

    [Fact]
    public async Task Broadcast_TwoNodesWithoutBackplane_FollowsEachMessageToTheSendersNodeOnly()
    {
        var result = await RunAsync("broadcast");

        Assert.Equal(2, Figure(result, "groups that hear each other"));
        var expected = Figure(result, "deliveries expected");
        Assert.InRange(expected, 100, 1100); // fewer than 100 messages to 12 connections: no message reaches both nodes
        Assert.Equal(0, Figure(result, "deliveries lost"));
        Assert.Equal(expected, Deliveries(result));
    }

    [Theory]
    [InlineData("sse", "ServerSentEvents")]
    [InlineData("broadcast --transport long-polling", "Poll")]
    public async Task Broadcast_EachTransport_IsWhatCarriesTheMessages(string arguments, string kind)
    {
        var result = await RunAsync(arguments);

        Assert.Equal(Figure(result, "deliveries expected"), Deliveries(result));
        Assert.Contains(result.GetProperty("answers").EnumerateArray(), answer => answer.GetProperty("kind").GetString() == kind);
        Assert.DoesNotContain(result.GetProperty("answers").EnumerateArray(), answer => answer.GetProperty("kind").GetString() == "WebSocket");
    }

    [Fact]
    public async Task ServerSentEvents_AUnit_ReachesTheConnectionsOfBothNodes()
    {
        var result = await RunAsync("sse");

        Assert.Equal(1200, Deliveries(result));
    }

    [Fact]
    public async Task LongPoll_AUnit_TakesOnePoll()
    {
        var result = await RunAsync("long-poll");

        // Units that end between the phases are counted on one side only.
        Assert.InRange(Figure(result, "polls per message"), 0.8, 1.2);
    }

    [Fact]
    public async Task Mixed_UnitsAndConnections_AreInTheDocumentedShares()
    {
        var result = await RunAsync("mixed", connections: 100);

        Assert.Equal(
            [
                ("connect, long-polling", 5), ("connect, sse", 5), ("connect, websockets", 5),
                ("echo, long-polling", 10), ("echo, sse", 15), ("echo, websockets", 50), ("http", 10),
            ],
            result.GetProperty("parts").EnumerateArray().Select(part => (part.GetProperty("name").GetString()!, part.GetProperty("succeeded").GetInt32())));
        Assert.Equal(
            [40, 10, 10, 20, 10, 10],
            result.GetProperty("figures").EnumerateArray().Select(figure => figure.GetProperty("value").GetDouble()));
    }

    [Fact]
    public async Task Sample_OfTheReadme_RunsAsAScenario()
    {
        var result = await RunAsync("stream");

        var series = Assert.Single(result.GetProperty("series").EnumerateArray());
        Assert.Equal(("first number of a stream", 100), (series.GetProperty("name").GetString(), series.GetProperty("count").GetInt32()));
    }

    [Fact]
    public async Task Readme_ShowsTheCompiledSample()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(SolutionLayout.Root, "LoadTests", "README.md"), Cancel);
        var code = await File.ReadAllTextAsync(
            Path.Combine(SolutionLayout.Root, "Tests", "EndToEndTests", "LoadGenerator", "Samples", "StreamScenario.cs"), Cancel);

        Assert.Contains($"```csharp\n{code.Replace("namespace EndToEndTests.LoadGenerator.Samples;\n\n", "", StringComparison.Ordinal)}```\n", page,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Readme_HasALineForEachScenario()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(SolutionLayout.Root, "LoadTests", "README.md"), Cancel);

        Assert.All(ScenarioSet.All, scenario => Assert.Contains($"\n| `{scenario.Name}` | ", page, StringComparison.Ordinal));
    }

    private static double Figure(JsonElement result, string name) =>
        result.GetProperty("figures").EnumerateArray().Single(figure => figure.GetProperty("name").GetString() == name).GetProperty("value").GetDouble();

    private static double Deliveries(JsonElement result) => result.GetProperty("series").EnumerateArray().Single().GetProperty("count").GetDouble();

    private async Task<JsonElement> RunAsync(string arguments, int connections = 12)
    {
        var gateway = await StartGatewayAsync([await StartNodeAsync("a"), await StartNodeAsync("b")], "--Gateway:Router=round-robin");
        var json = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(_console) });
            var code = await new LoadTestsCommand(console, StreamScenario.Definition).InvokeAsync(
                [
                    .. arguments.Split(' '),
                    "--url", (arguments == "http" ? gateway.Url : Hub(gateway.Url)).ToString(),
                    "--connections", connections.ToString(CultureInfo.InvariantCulture),
                    "--json", json,
                    .. Short,
                ],
                _console,
                _console);

            Assert.True(code == 0, _console.ToString());
            using var document = JsonDocument.Parse(await File.ReadAllTextAsync(json, Cancel));
            return document.RootElement.Clone();
        }
        finally
        {
            File.Delete(json);
        }
    }
}
