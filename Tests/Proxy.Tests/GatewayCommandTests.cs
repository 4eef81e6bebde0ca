using Xunit;

namespace Proxy.Tests;

public sealed class GatewayCommandTests
{
    [Theory]
    [InlineData("healthcheck", "check", "--version", "--Gateway:Nodes:a=", "--urls", "--config FILE", "docs/configuration.md")]
    public async Task Help_OfTheProgram_NamesCommandsAndSettings(params string[] parts)
    {
        foreach (var argument in new[] { "--help", "-h" })
        {
            var (exitCode, output, error) = await RunAsync(argument);

            Assert.Equal((0, ""), (exitCode, error));
            Assert.All(parts, part => Assert.Contains(part, output, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Help_OfACommand_NamesItsOptionsAndNoSettings()
    {
        var (exitCode, output, _) = await RunAsync("check", "--help");

        Assert.Equal(0, exitCode);
        Assert.All(["--url <URL>", "--idle <hh:mm:ss>", "--access-token <TOKEN>", "--json", "CHECK_ACCESS_TOKEN"],
            part => Assert.Contains(part, output, StringComparison.Ordinal));
        Assert.DoesNotContain("settings", output, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("did you mean 'check'?", "chekc")]
    [InlineData("did you mean '--Gateway:Nodes:a'?", "--Gatway:Nodes:a=http://127.0.0.1:5000")]
    [InlineData("did you mean '--urls'?", "--url", "http://127.0.0.1:0")]
    [InlineData("did you mean '--Gateway:Admin:Url'?", "healthcheck", "--Gatway:Admin:Url=http://127.0.0.1:1")]
    [InlineData("did you mean '--url'?", "check", "--ulr", "http://127.0.0.1:1/hub")]
    [InlineData("did you mean '--access-token'?", "check", "--url=http://127.0.0.1:1/hub", "--acess-token=x")]
    [InlineData("'--far-from-all' is not an option of check; these are --url, --idle, --access-token, --json", "check", "--url", "http://127.0.0.1:1",
        "--far-from-all")]
    [InlineData("behind --url", "check", "http://127.0.0.1:1/hub")]
    [InlineData("'--url' is required", "check")]
    [InlineData("url must be the public address of a hub", "check", "--url", "ftp://public.example")]
    [InlineData("idle is 'long' but must be a time", "check", "--url", "http://public.example", "--idle=long")]
    [InlineData("'check' is a command, which comes first", "--urls", "http://127.0.0.1:0", "check", "--url", "http://127.0.0.1:1/hub")]
    [InlineData("'healthcheck' is a command, which comes first", "--Gateway:Admin:Url=http://127.0.0.1:1", "healthcheck")]
    public async Task CommandLine_WithAMistake_EndsWith1AndSaysWhatWasMeant(string message, params string[] args)
    {
        var (exitCode, output, error) = await RunAsync(args);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("check", "--url=http://127.0.0.1:1", "--acess-token=SECRET")]
    [InlineData("check", "--url=http://127.0.0.1:1", "--acess-token", "SECRET")]
    [InlineData("check", "--url=http://127.0.0.1:1", "--access-token", "SECRET SECRET\t", "--idle", "0")]
    public async Task CommandLine_WithAMistake_ShowsNoToken(params string[] args)
    {
        var (exitCode, output, error) = await RunAsync(args);

        Assert.Equal(1, exitCode);
        Assert.DoesNotContain("SECRET", output + error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HealthCheck_ListenerIsOff_SaysSo()
    {
        var (exitCode, _, error) = await RunAsync("healthcheck", "--Gateway:Admin:Url=");

        Assert.Equal(1, exitCode);
        Assert.Contains("nothing to ask", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HealthCheck_FileIsMissing_SaysSo()
    {
        var (exitCode, _, error) = await RunAsync("healthcheck", "--config", "nowhere.json");

        Assert.Equal(1, exitCode);
        Assert.Contains("nowhere.json", error, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await GatewayCommand.RunAsync(args, output, error);
        return (exitCode, output.ToString(), error.ToString());
    }
}
