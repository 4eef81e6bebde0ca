using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests;

/// <summary>The code in README.md is compiled, and it does what the page says.</summary>
public sealed partial class ReadmeTests : FunctionalTestBed
{
    private static readonly string Page = File.ReadAllText(Path.Combine(SolutionLayout.Root, "README.md"));

    [Fact]
    public async Task Code_OfThePage_IsTheCompiledSample()
    {
        var sample = await File.ReadAllTextAsync(Path.Combine(SolutionLayout.Root, "Tests", "Proxy.FunctionalTests", nameof(ReadmeSample) + ".cs"), Cancel);
        var code = Assert.Single(Code().Matches(Page)).Groups["code"].Value;

        Assert.Contains(string.Concat(code.TrimEnd('\n').Split('\n').Select(line => $"        {line}\n")), sample, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Application_WithThePagesCode_IsSticky()
    {
        var settings = SessionAffinity().Match(Page).Value;
        Assert.NotEmpty(settings);
        var nodes = "ab".Select(name => StartScripted(name.ToString(), static exchange => exchange.Request.Method == "POST"
            ? exchange.AnswerNegotiateAsync("T-" + exchange.NodeName)
            : exchange.AnswerNameAsync())).ToArray();
        var log = new LogCollector();
        var builder = WebApplication.CreateSlimBuilder();
        using var json = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(
            $$"""
            {
              "urls": "http://127.0.0.1:0",
              "Gateway": { "Health": { "Probe": "none" } },
              "ReverseProxy": {
                "Routes": { "all": { "ClusterId": "hubs", "Match": { "Path": "{**rest}" } } },
                "Clusters": { "hubs": { {{settings}}, "Destinations": { "a": { "Address": "{{nodes[0].Url}}" }, "b": { "Address": "{{nodes[1].Url}}" } } } }
              }
            }
            """));
        builder.Configuration.AddJsonStream(json);
        builder.Logging.ClearProviders().AddProvider(log);
        ReadmeSample.Add(builder);
        var app = Own(builder.Build());
        app.MapReverseProxy();
        await app.StartAsync(Cancel);
        var url = new Uri(app.Urls.First());

        for (var i = 0; i < 4; i++)
        {
            var token = Forwarding.NegotiateAnswerTests.TokenOf(await AskAsync(url, "POST", "/chat/negotiate?negotiateVersion=1", "Content-Length: 0"));

            Assert.Equal(token[2..3], (await AskAsync(url, "GET", "/chat?id=" + token)).Body);
        }

        Assert.Empty(log.UnexpectedErrors);
    }

    [GeneratedRegex(
        "^```csharp\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Code();

    [GeneratedRegex("""(?<=`)"SessionAffinity": .*?(?=`)""", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SessionAffinity();
}
