using EndToEndTests.Clients;
using Microsoft.Playwright;
using Tests.Common;
using Xunit;

namespace EndToEndTests.Authentication;

/// <summary>Programs that know NTLM log in at a node through the gateway, and nobody else is logged in by that.</summary>
public sealed class WindowsAuthenticationTests(Browser browser) : EndToEndTestBed, IClassFixture<Browser>
{
    /// <summary>HAProxy does the same as the gateway.</summary>
    [Theory]
    [InlineData("gateway")]
    [InlineData("haproxy")]
    public async Task Curl_ThatLogsIn_LogsInNobodyElse(string proxy)
    {
        var node = Own(new ScriptedNode("a", new NtlmScript().AnswerAsync));
        var url = proxy is "gateway"
            ? (await StartGatewayAsync([("a", node.Url)], "--Gateway:Health:Probe=none")).Url
            : (await StartHAProxyAsync(node.Url)).Url;

        Assert.Equal(["alice", "alice"], await CurlAsync("--ntlm", "--user", "alice:secret", url.AbsoluteUri, url.AbsoluteUri));

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal([NtlmScript.Nobody], await CurlAsync(url.AbsoluteUri));
        }
    }

    /// <summary>curl announces a large body and waits whether the node wants it (Expect: 100-continue).</summary>
    [Fact]
    public async Task Curl_ThatPostsALargeBody_LogsIn()
    {
        var node = Own(new ScriptedNode("a", new NtlmScript().AnswerAsync));
        var gateway = await StartGatewayAsync([("a", node.Url)], "--Gateway:Health:Probe=none");
        var path = Path.GetTempFileName();
        Own(new TemporaryFile(path));
        await File.WriteAllBytesAsync(path, new byte[2_000_000], Cancel);

        Assert.Equal(["alice"], await CurlAsync("--anyauth", "--user", "alice:secret", "--data-binary", "@" + path, gateway.Url.AbsoluteUri));

        Assert.Equal(2_000_000, node.Requests[^1].Body.Length);
    }

    /// <summary>The browser speaks HTTP/2 first, and is asked for HTTP/1.1 when the node wants it to log in.</summary>
    [Theory]
    [InlineData("Http1")]
    [InlineData("Http1AndHttp2")]
    public async Task Chromium_OverTls_LogsIn(string protocols)
    {
        var node = Own(new ScriptedNode("a", new NtlmScript().AnswerAsync));
        var gateway = await StartGatewayAsync(
            [("a", node.Url)],
            [.. Own(new TestCertificate()).KestrelOptions, "--Kestrel:EndpointDefaults:Protocols=" + protocols, "--Gateway:Health:Probe=none"]);
        var credentials = new HttpCredentials { Username = "alice", Password = "secret" };
        var page = await browser.NewPageAsync(new BrowserNewContextOptions { HttpCredentials = credentials });

        var answer = await page.GotoAsync(gateway.Url.AbsoluteUri);

        Assert.Equal(200, answer!.Status);
        Assert.Equal("alice", await page.InnerTextAsync("body"));
        Assert.Equal([NtlmScript.Nobody], await CurlAsync("--insecure", gateway.Url.AbsoluteUri));
    }

    [Fact]
    public async Task Curl_OverHttp2_ComesBackOverHttp1()
    {
        var node = Own(new ScriptedNode("a", new NtlmScript().AnswerAsync));
        var gateway = await StartGatewayAsync([("a", node.Url)], [.. Own(new TestCertificate()).KestrelOptions, "--Gateway:Health:Probe=none"]);

        var answer = await CurlAsync("--insecure", "--http2", "--write-out", " %{http_code} %{http_version}\n", gateway.Url.AbsoluteUri);

        Assert.Equal([NtlmScript.Nobody + " 401 1.1"], answer);
    }

    private async Task<ProxyProcess> StartHAProxyAsync(Uri node) => Own(await ProxyProcess.StartAsync(
        "haproxy",
        Requirement.HAProxy(),
        (url, _) => $"""
            defaults
              mode http
              http-reuse always
              timeout connect 10s
              timeout client 60s
              timeout server 60s
            listen node
              bind {url.Authority}
              server a {node.Authority}

            """,
        static (_, file) => ["-db", "-f", file]));

    private static async Task<IEnumerable<string>> CurlAsync(params string[] arguments)
    {
        await using var curl = ChildProcess.Start(
            "curl", Requirement.Curl(), ["--silent", "--show-error", "--noproxy", "*", "--write-out", "\n", .. arguments]);
        await curl.WaitForExitAsync();
        return curl.Lines.Where(line => line.Length > 0).Concat(curl.ErrorLines);
    }
}
