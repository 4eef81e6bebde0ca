using System.IO.Compression;
using System.Text;
using Proxy.SelfTest;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.SelfTest;

/// <summary>The self-test against a public address that misbehaves as a test dictates; real proxies are met in the end-to-end tests.</summary>
public sealed class SelfTestTests : FunctionalTestBed
{
    private const string Secret = "canary-2f6d";
    private const string LongPolling = "LongPolling";
    private const string EventStream = "ServerSentEvents";

    private int _negotiates;

    [Fact]
    public async Task SelfTest_Redirected_DoesNotFollowWithTheToken()
    {
        var elsewhere = StartScripted("elsewhere");
        var report = await RunAsync(exchange => exchange.AnswerAsync(301, "", $"Location: {elsewhere.Url}"));

        Assert.Equal(["negotiate redirected"], Found(report));
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task SelfTest_NoHub_SaysSo() =>
        Assert.Equal(["negotiate negotiate-refused"], Found(await RunAsync(exchange => exchange.AnswerAsync(200, "<html>welcome</html>"))));

    [Fact]
    public async Task SelfTest_AnswersFromACache_AreNoticed()
    {
        var report = await RunAsync(
            exchange => IsNegotiate(exchange) ? AnswerNegotiateAsync(exchange, "same", LongPolling, EventStream) : exchange.AnswerAsync(404));

        Assert.Contains("negotiate cached", Found(report));
    }

    [Fact]
    public async Task SelfTest_RequestsOfOneConnectionGoElsewhere_SaysThatAffinityIsLost()
    {
        var report = await RunAsync(exchange => IsNegotiate(exchange)
            ? AnswerNegotiateAsync(exchange, NewToken(), LongPolling)
            : exchange.AnswerAsync(404, "", "X-Affinity-Outcome: bad-tag"));

        Assert.Equal(["long polling affinity-lost"], Problems(report));
        Assert.Contains(report.Findings, finding => finding.Message.Contains("the gateway says bad-tag", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SelfTest_PostNotLetThrough_SaysSo()
    {
        var report = await RunAsync(exchange => IsNegotiate(exchange) ? AnswerNegotiateAsync(exchange, NewToken(), LongPolling)
            : exchange.AnswerAsync(exchange.Request.Method is "POST" ? 405 : 200));

        Assert.Equal(["long polling method-refused"], Problems(report));
    }

    [Fact]
    public async Task SelfTest_StreamCompressed_SaysSo()
    {
        var report = await RunAsync(exchange => IsNegotiate(exchange) ? AnswerNegotiateAsync(exchange, NewToken(), EventStream)
            : exchange.Request.Method is "POST" ? exchange.AnswerAsync(200)
            : exchange.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\n\r\n{Gzip(":\r\ndata: {}\u001e\r\n\r\n")}"));

        Assert.Equal(["Server-Sent Events events-compressed"], Problems(report));
    }

    [Fact]
    public async Task SelfTest_AnswerIsNoStream_SaysSo()
    {
        var report = await RunAsync(
            exchange => IsNegotiate(exchange) ? AnswerNegotiateAsync(exchange, NewToken(), EventStream) : exchange.AnswerAsync(200, "later"));

        Assert.Equal(["Server-Sent Events refused"], Problems(report));
    }

    [Fact]
    public async Task SelfTest_Report_HoldsNeitherQueryNorTokens()
    {
        var report = await RunAsync(exchange => IsNegotiate(exchange) ? AnswerNegotiateAsync(exchange, NewToken(), LongPolling) : exchange.AnswerAsync(500,
            Secret, "X-Detail: " + Secret));

        var text = CheckText.Of(report) + System.Text.Json.JsonSerializer.Serialize(report);
        Assert.DoesNotContain(Secret, text);
        Assert.DoesNotContain("token-", text);
    }

    private static bool IsNegotiate(ScriptedExchange exchange) => exchange.Request.StartLine.Contains("/negotiate?", StringComparison.Ordinal);

    private static Task AnswerNegotiateAsync(ScriptedExchange exchange, string token, params string[] transports)
    {
        var offered = string.Join(',', transports.Select(transport => $$"""{"transport":"{{transport}}","transferFormats":["Text"]}"""));
        return exchange.AnswerAsync(200,
            $$"""{"negotiateVersion":1,"connectionId":"public","connectionToken":"{{token}}.g1AAAAAAAAAAA","availableTransports":[{{offered}}]}""");
    }

    private static string Gzip(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return Encoding.Latin1.GetString(packed.ToArray());
    }

    private static IEnumerable<string> Found(CheckReport report) => report.Findings.Select(finding => $"{finding.Area} {finding.Code}");

    private static IEnumerable<string> Problems(CheckReport report) =>
        report.Findings.Where(finding => finding.IsProblem).Select(finding => $"{finding.Area} {finding.Code}");

    private string NewToken() => $"token-{Interlocked.Increment(ref _negotiates)}";

    private Task<CheckReport> RunAsync(Func<ScriptedExchange, Task> script)
    {
        var address = StartScripted("public", script).Url;
        var target = CheckTarget.TryCreate($"{address}hub?key={Secret}", "0", TimeSpan.Zero, Secret, out var problem);
        Assert.Null(problem);
        return new SelfTestRun(target!, ownerOf: null, TimeProvider.System).RunAsync(Cancel);
    }
}
