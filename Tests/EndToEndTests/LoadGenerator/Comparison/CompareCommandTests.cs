using System.Globalization;
using System.Text.Json;
using LoadTests;
using LoadTests.Comparison.Cases;
using LoadTests.Comparison.Results;
using Spectre.Console;
using Tests.Common;
using Xunit;

namespace EndToEndTests.LoadGenerator.Comparison;

/// <summary>Whole comparisons, much too short to say anything: that they run, write, and leave nothing behind.</summary>
public sealed class CompareCommandTests : IDisposable
{
    private const string Marker = "COMPARE_TEST";

    private static readonly string[] Tiny = ["--rounds", "1", "--warm-up", "1", "--connections", "6", "--rate", "50"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("compare-test-");
    private readonly string _mark = Guid.NewGuid().ToString("N");

    private string Page => Path.Combine(_folder.FullName, "page.md");

    private string Json => Path.Combine(_folder.FullName, "result.json");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Compare_AllPeers_WritesAWholeTableAndLeavesNoProcess()
    {
        Requirement.Nginx();
        Requirement.HAProxy();

        await CompareAsync("--cases", "connect-250,storm", "--seconds", "1");

        var rows = (await File.ReadAllLinesAsync(
            Page, TestContext.Current.CancellationToken)).Where(line => line.StartsWith("| ", StringComparison.Ordinal)).ToArray();
        Assert.StartsWith(
            "| case | figure | unit | ours | nginx | haproxy | yarp | of best peer | of nginx | budget | met |", rows[0], StringComparison.Ordinal);
        Assert.All(rows[2..6], row => Assert.All(row.Split(" | ")[3..7], cell => Assert.Matches(@"^-?[\d.]+ \(-?[\d.]+\.\.-?[\d.]+\)$", cell)));
        Assert.Equal(["connect-250", "storm", "storm", "storm"], rows[2..6].Select(row => row.Split(" | ")[0][2..]));
    }

    [Fact]
    public async Task Compare_EveryOtherKindOfCase_HasAValueForEachFigure()
    {
        await CompareAsync("--cases", "idle-memory,echo-saturated,large,sse,long-poll,affinity-cost", "--peers", "", "--seconds", "1.5");

        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(Json, TestContext.Current.CancellationToken));
        var figures = json.RootElement.GetProperty("figures").EnumerateArray().ToArray();
        Assert.Equal(9, figures.Length);
        Assert.All(figures, figure => Assert.True(figure.GetProperty("values").TryGetProperty("ours", out _), figure.ToString()));
        Assert.All(json.RootElement.GetProperty("cases").EnumerateArray(), result => Assert.All(
            result.GetProperty("samples").EnumerateArray(), sample => Assert.Equal(0, sample.GetProperty("failed").GetInt32())));
    }

    [Fact]
    public async Task Compare_Terminated_LeavesNoProcess()
    {
        await using var compare = Start("--cases", "echo-4000", "--peers", "yarp", "--seconds", "600");
        await Eventually.HoldsAsync(() => Marked().Count >= 4, expectation: "compare, generator, nodes and proxy run");

        compare.Terminate();

        await compare.WaitForExitAsync();
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Compare_Killed_LeavesNoProcess()
    {
        await using var compare = Start("--cases", "echo-4000", "--peers", "yarp", "--seconds", "600");
        await Eventually.HoldsAsync(() => Marked().Count >= 4, expectation: "compare, generator, nodes and proxy run");

        compare.Kill();

        await AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData("--peers apache", "apache")]
    [InlineData("--cases nothing", "nothing")]
    [InlineData("--rounds 0", "--rounds")]
    [InlineData("--seconds -1", "--seconds")]
    public async Task Parse_BadInput_ExitsWith1AndNamesIt(string args, string named)
    {
        var (console, error) = (new StringWriter(), new StringWriter());
        var command = new LoadTestsCommand(AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(console) }));

        var code = await command.InvokeAsync(["compare", .. args.Split(' ')], console, error);

        Assert.Equal(LoadTestsCommand.Failure, code);
        Assert.Contains(named, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Cases_Names_AreInThePageThatExplainsThem()
    {
        var page = File.ReadAllText(Path.Combine(SolutionLayout.Root, "docs", "performance.md"));

        Assert.All(CaseSet.All, testCase => Assert.Contains($"`{testCase.Name}`", page, StringComparison.Ordinal));
        Assert.NotEqual(page, TableWriter.Insert(page, "new"));
    }

    private async Task CompareAsync(params string[] args)
    {
        await File.WriteAllTextAsync(Page, $"{TableWriter.Begin}\n{TableWriter.End}\n", TestContext.Current.CancellationToken);
        await using var compare = Start([.. args, "--output", Page, "--json", Json]);
        var code = await compare.WaitForExitAsync(TimeSpan.FromMinutes(5));

        Assert.True(code == 0, $"Exit code {code}: {string.Join(Environment.NewLine, compare.Lines)}");
        await AssertNothingIsLeftAsync();
    }

    private ChildProcess Start(params string[] args)
    {
        var program = SolutionLayout.ProgramOf("LoadTests");
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        return ChildProcess.Start("compare", dotnet, [program, "compare", .. Tiny, .. args], [new(Marker, _mark)]);
    }

    private Task AssertNothingIsLeftAsync() => Eventually.HoldsAsync(
        () => Marked().Count == 0, seen: () => string.Join(", ", Marked()), expectation: "no process of the comparison is left");

    // The environment is inherited, whoever became the parent of a process.
    private List<string> Marked() => [.. Directory.EnumerateDirectories("/proc")
        .Where(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out _))
        .Where(path => ReadOrNothing(Path.Combine(path, "environ")).Contains($"{Marker}={_mark}", StringComparison.Ordinal))
        .Select(path => ReadOrNothing(Path.Combine(path, "cmdline")).Replace('\0', ' '))];

    private static string ReadOrNothing(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return ""; // it has ended, or is another user's
        }
    }
}
