using System.Net;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Admin.Dashboard;

/// <summary>Who gets the dashboard's files, and under which rules a browser runs them.</summary>
public sealed class DashboardPageTests : FunctionalTestBed
{
    private const string Key = "sixteen-characters-or-more";

    [Theory]
    [InlineData("/", "text/html; charset=utf-8")]
    [InlineData("/dashboard/page.js", "text/javascript; charset=utf-8")]
    [InlineData("/dashboard/page.css", "text/css; charset=utf-8")]
    [InlineData("/dashboard/icon.svg", "image/svg+xml")]
    public async Task Page_File_ComesUnderAStrictPolicy(string path, string type)
    {
        using var answer = await OpenAdmin(await StartAsync()).GetAsync(path, Cancel);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType!.ToString());
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none';", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.Contains("frame-ancestors 'none'", policy);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Theory]
    [InlineData("/", HttpStatusCode.OK)]
    [InlineData("/dashboard/page.js", HttpStatusCode.OK)]
    [InlineData("/dashboard/nothing.js", HttpStatusCode.NotFound)]
    [InlineData("/dashboard/../nodes", HttpStatusCode.Unauthorized)]
    [InlineData("/dashboard/%2e%2e/nodes", HttpStatusCode.Unauthorized)]
    [InlineData("/dashboard/..%2fnodes", HttpStatusCode.NotFound)]
    [InlineData("//nodes", HttpStatusCode.Unauthorized)]
    [InlineData("/nodes", HttpStatusCode.Unauthorized)]
    [InlineData("/affinity/decisions/stream", HttpStatusCode.Unauthorized)]
    public async Task Page_WithoutTheKey_IsServedAndNothingElse(string path, HttpStatusCode expected)
    {
        var gateway = await StartAsync("--Gateway:Admin:ApiKey=" + Key);
        await using var connection = await RawConnection.OpenAsync(OpenAdmin(gateway).BaseAddress!);

        await connection.SendAsync($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");

        Assert.Equal((int)expected, (await connection.ReadResponseAsync()).Status);
    }

    [Theory]
    [InlineData("GET", "/", HttpStatusCode.OK)] // a link from a wiki
    [InlineData("GET", "/nodes", HttpStatusCode.Forbidden)]
    [InlineData("POST", "/check", HttpStatusCode.Forbidden)]
    public async Task Page_FromAnotherSite_IsOpenedButAsksForNothing(string method, string path, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Add("Sec-Fetch-Site", "cross-site");

        using var answer = await OpenAdmin(await StartAsync()).SendAsync(request, Cancel);

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task Page_UnderAnUnknownHostName_IsRefused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Host = "rebound.example";

        using var answer = await OpenAdmin(await StartAsync()).SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    private Task<TestGateway> StartAsync(params string[] options) => StartGatewayAsync([StartScripted("a")], options);
}
