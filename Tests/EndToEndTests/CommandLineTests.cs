using System.Net;
using System.Net.Sockets;
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

    /// <summary>A listener that cannot be opened is told in one line, without stack traces.</summary>
    [Theory]
    [InlineData("http://127.0.0.1:{port} is in use: another program listens there.", "--urls=http://127.0.0.1:{port}")]
    [InlineData("http://127.0.0.1:{port} is in use: another program listens there.", "--urls=http://127.0.0.1:{port}", "--Gateway:Tunnel=stream")]
    [InlineData("Gateway:Admin:Url (http://127.0.0.1:{port}) is in use: another program listens there.", "--Gateway:Admin:Url=http://127.0.0.1:{port}")]
    [InlineData("The listener 192.0.2.1:0 is not an address of this machine.", "--urls=http://192.0.2.1:0")] // RFC 5737
    [InlineData("The directory /none does not exist.", "--urls=http://unix:/none/gateway.sock")]
    [InlineData("There is a file of this name.", "--urls=http://unix:{file}")]
    [InlineData("No server certificate was specified", "--urls=https://127.0.0.1:0")]
    public async Task Listener_ThatCannotBeOpened_EndsTheProgramWith1AndOneLine(string message, params string[] args)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var file = Path.GetTempFileName();
        string Fill(string text) => text.Replace("{port}", $"{((IPEndPoint)other.LocalEndpoint).Port}", StringComparison.Ordinal)
            .Replace("{file}", file, StringComparison.Ordinal);

        var (exitCode, output, error) = await RunAsync(
            ["--Gateway:Nodes:a=http://127.0.0.1:1", "--urls=http://127.0.0.1:0", "--Gateway:Admin:Url=http://127.0.0.1:0", .. args.Select(Fill)]);

        File.Delete(file);
        Assert.Equal(1, exitCode);
        var lines = error.Split('\n');
        Assert.Equal((2, "The gateway cannot start:"), (lines.Length, lines[0]));
        Assert.Contains(Fill(message), lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("fail:", output, StringComparison.Ordinal);
        Assert.DoesNotContain("crit:", output, StringComparison.Ordinal);
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
