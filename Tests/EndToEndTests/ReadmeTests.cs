using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Connections;
using Tests.Common;
using Xunit;

namespace EndToEndTests;

/// <summary>The commands of the pages do what the pages say. Addresses are replaced, and a program is started as it was built beside these tests.</summary>
public sealed partial class ReadmeTests : EndToEndTestBed
{
    private const string AnyPort = "http://127.0.0.1:0";

    [Fact]
    public async Task Demo_AsThePageStartsIt_IsAGatewayWithTwoNodes()
    {
        var (project, arguments) = CommandOf("README.md", "Demo");
        await using var demo = ChildProcess.StartDotnet("demo", project, [.. arguments, "--urls", AnyPort, $"--Gateway:Admin:Url={AnyPort}"]);

        var gateway = await demo.WaitForAsync(static lines => UrlBehind("Gateway", lines), "it says where the gateway is");
        Assert.All(["Node a", "Node b"], node => Assert.NotNull(UrlBehind(node, demo.Lines)));
        await AssertSignalRAsync(gateway);
        await demo.WaitForAsync(
            static lines =>
                lines.FirstOrDefault(line => line.Contains("opened  web_sockets", StringComparison.Ordinal)), "it says which node has the connection");

        demo.Terminate();
        Assert.Equal(0, await demo.WaitForExitAsync());
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/configuration.md")]
    public async Task Gateway_AsThePageStartsIt_ServesTheNodes(string page)
    {
        var (project, arguments) = CommandOf(page, "Proxy");
        var nodes = new Queue<TestNode>([await StartNodeAsync("a"), await StartNodeAsync("b")]);
        var replaced = arguments.Select(argument => NodeAddress().Replace(argument, _ => nodes.Dequeue().Url.GetLeftPart(UriPartial.Authority))).ToArray();
        Assert.Empty(nodes);
        await using var gateway = ChildProcess.StartDotnet("gateway", project, [.. replaced, "--urls", AnyPort, $"--Gateway:Admin:Url={AnyPort}"]);

        await AssertSignalRAsync(await gateway.WaitForAsync(static lines => ServerProcess.FindUrl("Now listening on: ", lines), "the gateway listens"));

        gateway.Terminate();
        Assert.Equal(0, await gateway.WaitForExitAsync());
    }

    [Fact]
    public async Task Gateway_WithThePagesVariable_ServesTheNode()
    {
        var (name, node) = (VariableName().Match(Page("README.md")).Value, await StartNodeAsync("a"));
        Assert.NotEmpty(name);
        await using var gateway = ChildProcess.Start(
            "gateway",
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [SolutionLayout.ProgramOf("Proxy"), "--urls", AnyPort, $"--Gateway:Admin:Url={AnyPort}"],
            new Dictionary<string, string>(StringComparer.Ordinal) { [name] = node.Url.GetLeftPart(UriPartial.Authority) });

        await AssertSignalRAsync(await gateway.WaitForAsync(static lines => ServerProcess.FindUrl("Now listening on: ", lines), "the gateway listens"));
    }

    [Fact]
    public async Task Check_AsThePageStartsIt_TestsTheHub()
    {
        var gateway = await StartGatewayAsync([await StartNodeAsync("a")]);
        var command = SelfTest().Match(Page("docs/operations.md")).Groups["arguments"].Value;
        Assert.NotEmpty(command);
        var arguments = command.Replace("https://public.example/hub", Hub(gateway.Url).AbsoluteUri, StringComparison.Ordinal).Replace(
            "00:02:00", "00:00:01", StringComparison.Ordinal);
        await using var check = ChildProcess.StartDotnet("check", "Proxy", arguments.Split(' '));

        Assert.Equal(0, await check.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains("Verdict: good. Nothing stands in the way.", check.Lines);
    }

    /// <summary>The only command of a page that runs a project, and what stands behind its two dashes.</summary>
    private static (string Project, string[] Arguments) CommandOf(string page, string project)
    {
        var command = Assert.Single(Command().Matches(Page(page)), match => match.Groups["project"].Value == project);
        return (project, command.Groups["arguments"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    private static string Page(string path) => File.ReadAllText(Path.Combine(SolutionLayout.Root, path));

    private static Uri? UrlBehind(string word, IEnumerable<string> lines) =>
        lines.FirstOrDefault(line => line.StartsWith(word, StringComparison.Ordinal)) is { } line ? new Uri(line[word.Length..].Trim()) : null;

    private async Task AssertSignalRAsync(Uri gateway)
    {
        var connection = await StartHubConnectionAsync(gateway, HttpTransportType.WebSockets);
        await connection.StopAsync(Cancel);
    }

    [GeneratedRegex(@"^dotnet run --project (?<project>\w+)(?: -- (?<arguments>.*))?$", RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Command();

    [GeneratedRegex(@"(?<=^--Gateway:Nodes:\w+=).*", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NodeAddress();

    [GeneratedRegex(@"(?<=`)Gateway__Nodes__\w+(?==)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VariableName();

    [GeneratedRegex(@"^dotnet Proxy\.dll (?<arguments>check .*)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SelfTest();
}
