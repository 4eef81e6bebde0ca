using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Authentication;

/// <summary>A connection that carries several requests at once, of HTTP/2 for example, may be that of several users: it cannot be logged in.</summary>
public sealed class MultiplexedTests : FunctionalTestBed
{
    private const string Http2Clients = "--Kestrel:EndpointDefaults:Protocols=Http2";

    [Theory]
    [InlineData("WWW-Authenticate: NTLM")]
    [InlineData("WWW-Authenticate: Negotiate, NTLM")]
    [InlineData("WWW-Authenticate: Negotiate", "WWW-Authenticate: NTLM")]
    public async Task Challenge_ForNothingElse_IsRefused(params string[] challenges)
    {
        var gateway = await StartGatewayAsync([StartScripted("a", new LoginScript(challenges).AnswerAsync)], Http2Clients);

        using var answer = await GetAsync(gateway);

        Assert.Equal(HttpStatusCode.HttpVersionNotSupported, answer.StatusCode);
        Assert.Equal("connection-based-auth", answer.Headers.GetValues("X-Affinity-Outcome").Single());
        Assert.Equal("NTLM and Negotiate need HTTP/1.1.", await answer.Content.ReadAsStringAsync(Cancel));
        Assert.Empty(answer.Headers.WwwAuthenticate);
    }

    [Theory]
    [InlineData("Basic realm=\"x, NTLM\"", "WWW-Authenticate: Negotiate, Basic realm=\"x, NTLM\", NTLM")]
    [InlineData("Digest realm=\"x\", nonce=\"y\"", "WWW-Authenticate: NTLM", "WWW-Authenticate: Digest realm=\"x\", nonce=\"y\"")]
    [InlineData("Bearer", "WWW-Authenticate: Bearer")]
    public async Task Challenge_ForOtherSchemesToo_IsForThose(string passed, params string[] challenges)
    {
        var gateway = await StartGatewayAsync([StartScripted("a", new LoginScript(challenges).AnswerAsync)], Http2Clients);

        using var answer = await GetAsync(gateway);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(passed, string.Join(" | ", answer.Headers.NonValidated["WWW-Authenticate"]));
        Assert.Equal(LoginScript.Nobody, await answer.Content.ReadAsStringAsync(Cancel));
    }

    [Theory]
    [InlineData("NTLM")]
    [InlineData("Negotiate")]
    public async Task Credentials_OverHttp2_ReachNoNode(string scheme)
    {
        var node = StartScripted("a", LoginScript.Ntlm.AnswerAsync);
        var gateway = await StartGatewayAsync([node], Http2Clients);

        using var answer = await GetAsync(gateway, new AuthenticationHeaderValue(scheme, "1-alice"));

        Assert.Equal(HttpStatusCode.HttpVersionNotSupported, answer.StatusCode);
        Assert.Equal("connection-based-auth", answer.Headers.GetValues("X-Affinity-Outcome").Single());
        Assert.Empty(node.Requests);
    }

    [Fact]
    public async Task Node_OfHttp2_CannotLogInAConnection()
    {
        var asked = 0;
        await using var node = await StartHttp2NodeAsync(context =>
        {
            asked++;
            context.Response.StatusCode = 401;
            context.Response.Headers.WWWAuthenticate = context.Request.Path == "/both" ? "Negotiate, Basic realm=\"x\"" : "Negotiate";
        });
        var gateway = await StartGatewayAsync(
            [("a:Address", new Uri(node.Urls.Single()))], "--Gateway:Health:Probe=none", "--Gateway:Nodes:a:Protocol=http2");

        var answer = await AskAsync(gateway, "GET", "/page");
        Assert.Equal(502, answer.Status);
        Assert.Equal("connection-based-auth", answer.Field("X-Affinity-Outcome"));
        Assert.Equal("NTLM and Negotiate need a hub node with HTTP/1.1.", answer.Body);

        answer = await AskAsync(gateway, "GET", "/both");
        Assert.Equal(401, answer.Status);
        Assert.Equal("Basic realm=\"x\"", answer.Field("WWW-Authenticate"));

        answer = await AskAsync(gateway, "GET", "/page", "Authorization: Negotiate YIIx");
        Assert.Equal(502, answer.Status);
        Assert.Equal("connection-based-auth", answer.Field("X-Affinity-Outcome"));
        Assert.Equal(2, asked);
        Assert.True((await NodeAsync(OpenAdmin(gateway), "a")).GetProperty("online").GetBoolean());
    }

    private static async Task<HttpResponseMessage> GetAsync(TestGateway gateway, AuthenticationHeaderValue? credentials = null)
    {
        using var client = new HttpClient(new SocketsHttpHandler());
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Url, "/page"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.Authorization = credentials;
        return await client.SendAsync(request, Cancel);
    }

    private static async Task<WebApplication> StartHttp2NodeAsync(Action<HttpContext> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(
            endpoint => endpoint.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        app.Run(context =>
        {
            answer(context);
            return Task.CompletedTask;
        });
        await app.StartAsync(Cancel);
        return app;
    }
}
