using Tests.Common;
using Xunit;

namespace EndToEndTests;

/// <summary>The program's commands, as a shell sees them: exit code, standard output and standard error.</summary>
public sealed class CommandLineTests : EndToEndTestBed
{
    [Theory]
    [InlineData("'chekc' is not a command; did you mean 'check'?", "chekc")]
    [InlineData("did you mean '--Gateway:Nodes:a'?", "--Gatway:Nodes:a=http://127.0.0.1:5000")]
    [InlineData("did you mean '--urls'?", "--url", "http://127.0.0.1:0", "--Gateway:Nodes:a=http://127.0.0.1:5000")]
    [InlineData("Gateway:Nods is not a known key and would have no effect; the nearest known key is Gateway:Nodes", "--Gateway:Nods:a=http://127.0.0.1:5000")]
    [InlineData("'--url' is required", "check")]
    public async Task Mistake_OnTheCommandLine_EndsTheProgramWith1(string message, params string[] args)
    {
        var (exitCode, output, error) = await RunAsync(args);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_Asked_IsOneLine()
    {
        var (exitCode, output, error) = await RunAsync("--version");

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Matches(@"^\d+\.\d+\.\d+\S*$", output);
    }

    [Fact]
    public async Task Settings_InEveryForm_Apply()
    {
        var node = await StartNodeAsync("a");
        var gateway = await StartGatewayProcessAsync(
            "/Gateway:Nodes:a", node.Url.GetLeftPart(UriPartial.Authority), "Gateway:Router=random", "--Logging:LogLevel:Default", "Information",
                "--environment=Staging");

        Assert.Equal("random", (await gateway.Admin.GetAsync("/affinity")).GetProperty("router").GetString());
    }

    [Fact]
    public async Task HealthCheck_OfARunningGateway_EndsWith0()
    {
        var node = await StartNodeAsync("a");
        var gateway = await StartGatewayProcessAsync($"--Gateway:Nodes:a={node.Url.GetLeftPart(UriPartial.Authority)}");

        var (exitCode, output, _) = await RunAsync("healthcheck", $"--Gateway:Admin:Url={gateway.Admin.Url}");

        Assert.Equal(0, exitCode);
        Assert.Contains("live", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HealthCheck_NothingListens_EndsWith1()
    {
        var (exitCode, output, error) = await RunAsync("healthcheck", "--Gateway:Admin:Url=http://127.0.0.1:1");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("127.0.0.1:1", error, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] args)
    {
        await using var process = ChildProcess.StartDotnet("command", "Proxy", args);
        var exitCode = await process.WaitForExitAsync();
        var error = string.Join('\n', process.ErrorLines);
        return (exitCode, string.Join('\n', process.Lines.Except(process.ErrorLines, StringComparer.Ordinal)), error);
    }
}
