using Tests.Common;
using Xunit;

namespace EndToEndTests.Takeover;

/// <summary>Cookies that a real HAProxy has set lead to the same nodes through the gateway.</summary>
public sealed class HAProxyCookieTests : EndToEndTestBed
{
    private readonly List<ScriptedNode> _nodes = [];

    [Theory]
    [InlineData("haproxy", "^SRV=s-[abc]$", "cookie SRV insert indirect nocache")]
    [InlineData("haproxy", @"^SRV=s-[abc]\|[A-Za-z0-9+/]{5}\|[A-Za-z0-9+/]{5}$", "cookie SRV insert maxidle 30m maxlife 8h")]
    [InlineData("haproxy", "^SRV=s-[abc]$", "cookie SRV rewrite")]
    [InlineData("haproxy-prefix", "^SRV=s-[abc]~app$", "cookie SRV prefix")]
    [InlineData("haproxy-dynamic", "^SRV=[0-9a-f]{16}$", "cookie SRV insert dynamic", "dynamic-cookie-key MYKEY")]
    public async Task Client_OfHAProxy_KeepsItsNode(string kind, string form, params string[] directives)
    {
        var isDynamic = kind is "haproxy-dynamic";
        await using var haproxy = await StartHAProxyAsync(isDynamic, directives);
        var gateway = await StartGatewayAsync(kind, isDynamic);
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false });
        var nodes = new HashSet<string>(StringComparer.Ordinal);
        while (nodes.Count < 3)
        {
            using var before = await http.GetAsync(haproxy.Url, Cancel);
            var cookie = Assert.Single(before.Headers.GetValues("Set-Cookie")).Split(';')[0];
            var node = (await before.Content.ReadAsStringAsync(Cancel)).Split(' ')[0];
            Assert.Matches(form, cookie);
            nodes.Add(node);

            using var request = new HttpRequestMessage(HttpMethod.Get, gateway.Url);
            request.Headers.Add("Cookie", cookie);
            using var after = await http.SendAsync(request, Cancel);

            Assert.Equal("foreign-cookie", Assert.Single(after.Headers.GetValues("X-Affinity-Outcome")));
            Assert.Equal($"{node} {(kind is "haproxy-prefix" ? "SRV=app" : cookie)}", await after.Content.ReadAsStringAsync(Cancel));
        }
    }

    /// <summary>What reaches the node of the application's own cookie is what HAProxy would have let through. HAProxy also takes off what is no server of it;
    /// the gateway does not, since the application's own values, which may hold the character, come to it without anything in front.</summary>
    [Theory]
    [InlineData("SRV=s-a~app")]
    [InlineData("x=1; SRV=s-b~a~b; y=s-a~2")]
    [InlineData("SRV=s-a~s-b~x")]
    [InlineData("SRV=s-a~")]
    [InlineData("SRV=app")]
    public async Task Prefix_OfACookie_IsTakenOffAsHAProxyDoes(string cookie)
    {
        await using var haproxy = await StartHAProxyAsync(isDynamic: false, "cookie SRV prefix");
        var gateway = await StartGatewayAsync("haproxy-prefix", isDynamic: false);
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false });

        var seen = new List<string>();
        foreach (var url in (Uri[])[haproxy.Url, gateway.Url])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.Add("Cookie", cookie);
            using var answer = await http.SendAsync(request, Cancel);
            seen.Add((await answer.Content.ReadAsStringAsync(Cancel)).Split(' ', 2)[1]);
        }

        Assert.Equal(seen[0], seen[1]);
    }

    /// <summary>nginx's cookie without Path stands at the directory of the request (RFC 6265, 5.1.4), and would be sent in front of ours for ever.</summary>
    [Fact]
    public async Task Client_WithAnOldCookieOfOurName_SendsOursAloneAfterwards()
    {
        StartNodes();
        var gateway = await StartGatewayAsync(_nodes.Select(node => (node.Name, node.Url)), "--Gateway:Health:Probe=none",
            "--Gateway:Affinity:Foreign:0:Kind=nginx", "--Gateway:Affinity:Foreign:0:Cookie=srv_id");
#pragma warning disable CA5351 // nginx has chosen MD5
        var value = Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(System.Text.Encoding.ASCII.GetBytes(_nodes[1].Url.Authority)));
#pragma warning restore CA5351
        var nginx = Own(new ScriptedNode("nginx", exchange => exchange.AnswerAsync(200, "", $"Set-Cookie: srv_id={value}")));

        // Cookies do not know ports: to the client it is one site.
        await using var curl = ChildProcess.Start("curl", Requirement.Curl(), [
            "--silent", "--show-error", "--noproxy", "*", "--cookie", "", "--write-out", "\n",
            new Uri(nginx.Url, "/chat/page").AbsoluteUri, new Uri(gateway.Url, "/chat/other").AbsoluteUri, new Uri(gateway.Url, "/chat/third").AbsoluteUri,
        ]);
        await curl.WaitForExitAsync();

        Assert.Empty(curl.ErrorLines);
        Assert.Equal(["", $"b srv_id={value}"], curl.Lines.Take(2));
        Assert.Matches("^b srv_id=v1\\.[^;]+$", curl.Lines.ElementAt(2));
    }

    private void StartNodes()
    {
        foreach (var name in (string[])["a", "b", "c"])
        {
            // Its name and what it has got; HAProxy's rewrite and prefix change a cookie that the application sets.
            _nodes.Add(Own(new ScriptedNode(name, exchange => exchange.AnswerAsync(
                200, $"{name} {exchange.Request.Field("Cookie")}", exchange.Request.Field("Cookie") is null ? ["Set-Cookie: SRV=app"] : []))));
        }
    }

    private Task<ProxyProcess> StartHAProxyAsync(bool isDynamic, params string[] directives)
    {
        StartNodes();
        return HAProxyProxy.StartAsync(_nodes.Select(node => (node.Name, node.Url)), directives, hasValues: !isDynamic);
    }

    private Task<TestGateway> StartGatewayAsync(string kind, bool isDynamic) => StartGatewayAsync(nodes: Array.Empty<(string, Uri)>(), [
        .. _nodes.Select(node => $"--Gateway:Nodes:{node.Name}:Address={node.Url.GetLeftPart(UriPartial.Authority)}"),
        .. _nodes.Where(_ => !isDynamic).Select(node => $"--Gateway:Nodes:{node.Name}:ForeignKey=s-{node.Name}"),
        .. (string[])(isDynamic ? ["--Gateway:Affinity:Foreign:0:Key=MYKEY"] : []),
        $"--Gateway:Affinity:Foreign:0:Kind={kind}", "--Gateway:Affinity:Foreign:0:Cookie=SRV", "--Gateway:Health:Probe=none",
        "--Gateway:Diagnostics:ResponseHeaders=true",
    ]);
}
