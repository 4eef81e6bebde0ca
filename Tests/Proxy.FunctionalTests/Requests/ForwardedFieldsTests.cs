using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Requests;

/// <summary>X-Forwarded-*: those of a trusted proxy count, those of any other peer are dropped.</summary>
public sealed class ForwardedFieldsTests : FunctionalTestBed
{
    private const string TrustNobodyHere = "--Gateway:ForwardedHeaders:TrustedProxies:0=192.0.2.0/24";

    private static readonly string[] Claims =
    [
        "X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https", "X-Forwarded-Host: bank.example", "X-Forwarded-Prefix: /x", "X-Forwarded-Port: 1",
        "X-Real-IP: 203.0.113.7",
        "Forwarded: for=203.0.113.7", "X_Forwarded_For: 203.0.113.7", "X_Forwarded_Proto: https", "X-Forwarded_Host: bank.example", "X_Real_IP: 203.0.113.7",
            "X-Original-For: 203.0.113.7",
    ];

    [Fact]
    public async Task Claims_OfATrustedPeer_Count()
    {
        var request = await SendAsync([], Claims);

        Assert.Equal("203.0.113.7, 127.0.0.1", request.Field("X-Forwarded-For"));
        Assert.Equal("https", request.Field("X-Forwarded-Proto"));
        Assert.Equal("bank.example", request.Field("X-Forwarded-Host"));
        Assert.Equal("/x", request.Field("X-Forwarded-Prefix"));
        Assert.Equal("for=203.0.113.7", request.Field("Forwarded"));
    }

    [Fact]
    public async Task Claims_OfAnybodyElse_AreReplaced()
    {
        var request = await SendAsync([TrustNobodyHere], Claims);

        Assert.Equal("127.0.0.1", request.Field("X-Forwarded-For"));
        Assert.Equal("http", request.Field("X-Forwarded-Proto"));
        Assert.Equal("hub.example", request.Field("X-Forwarded-Host"));
        Assert.DoesNotContain("203.0.113.7", request.Head, StringComparison.Ordinal);
        Assert.DoesNotContain("bank.example", request.Head, StringComparison.Ordinal);
        Assert.Empty(request.All("X-Forwarded-Prefix"));
        Assert.Empty(request.All("X-Forwarded-Port"));
        Assert.Empty(request.All("X_Forwarded_Proto"));
        Assert.Empty(request.All("Forwarded"));
    }

    [Fact]
    public async Task Chain_OfSeveralLines_StaysOneChain()
    {
        var request = await SendAsync([], "X-Forwarded-For: 203.0.113.7", "X-Forwarded-For: 198.51.100.1");

        Assert.Equal("203.0.113.7, 198.51.100.1, 127.0.0.1", request.Field("X-Forwarded-For"));
    }

    [Theory]
    [InlineData("https", "", "https")]
    [InlineData("https, http", "", "http")] // the peer's own entry, since nothing says which is the client's
    [InlineData("https, http", "203.0.113.7, 127.0.0.1", "https")] // a trusted proxy before a trusted proxy
    [InlineData("https, http, http", "203.0.113.7, 127.0.0.1, 127.0.0.1", "https")]
    [InlineData("spoofed, https", "198.51.100.1, 203.0.113.7", "https")] // what stands to the left of the client is its own claim
    [InlineData("https, http", "203.0.113.7", "http")]
    [InlineData("wss", "203.0.113.7", "wss")]
    [InlineData(" ", "203.0.113.7", "http")]
    [InlineData("https,", "", "http")]
    public async Task Proto_OfATrustedPeer_IsOneValueOfTheClientsLeg(string proto, string chain, string expected)
    {
        string[] fields = chain.Length == 0 ? [$"X-Forwarded-Proto: {proto}"] : [$"X-Forwarded-Proto: {proto}", $"X-Forwarded-For: {chain}"];

        var request = await SendAsync(["--Gateway:ForwardedHeaders:TrustedProxies:0=127.0.0.0/8"], fields);

        Assert.Equal([expected], request.All("X-Forwarded-Proto"));
    }

    [Fact]
    public async Task Proto_InSeveralLines_IsOneValue()
    {
        var request = await SendAsync([], "X-Forwarded-Proto: https", "X-Forwarded-Proto: http", "X-Forwarded-Host: a.example", "X-Forwarded-Host: b.example");

        Assert.Equal(["http"], request.All("X-Forwarded-Proto"));
        Assert.Equal(["b.example"], request.All("X-Forwarded-Host"));
    }

    /// <summary>ASP.NET Core's own middleware, as ASPNETCORE_FORWARDEDHEADERS_ENABLED puts it in, reads the last entry of each list.</summary>
    [Theory]
    [InlineData("https")]
    [InlineData(null)]
    public async Task Node_OfAspNetCore_SeesTheClientsSchemeAndHost(string? proto)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.Configure<ForwardedHeadersOptions>(options =>
        {
            options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost;
            options.KnownIPNetworks.Clear();
            options.KnownProxies.Clear();
        });
        await using var app = builder.Build();
        app.UseForwardedHeaders();
        app.Run(context => context.Response.WriteAsync($"{context.Request.Scheme}://{context.Request.Host}"));
        await app.StartAsync(Cancel);
        var gateway = await StartGatewayAsync([("a", new Uri(app.Urls.Single()))], ["--Gateway:Health:Probe=none"]);

        var answer = await AskAsync(
            gateway, "GET", "/chat", proto is null ? [] : [$"X-Forwarded-Proto: {proto}", "X-Forwarded-Host: bank.example", "X-Forwarded-For: 203.0.113.7"]);

        Assert.Equal(proto is null ? "http://hub.example" : "https://bank.example", answer.Body);
    }

    /// <summary>Kestrel says ::ffff:127.0.0.1, which lists of trusted addresses do not know.</summary>
    [Fact]
    public async Task Peer_OfIPv4OnADualStackListener_IsWrittenAsIPv4()
    {
        var request = await SendAsync(["--urls=http://[::]:0"]);

        Assert.Equal("127.0.0.1", request.Field("X-Forwarded-For"));
    }

    [Fact]
    public async Task Peer_OfIPv4OnADualStackListener_IsTrustedByItsIPv4Network()
    {
        var request = await SendAsync(["--urls=http://[::]:0"], "X-Forwarded-For: 203.0.113.7");

        Assert.Equal("203.0.113.7, 127.0.0.1", request.Field("X-Forwarded-For"));
    }

    private async Task<RawMessage> SendAsync(string[] options, params string[] fields)
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node], options);
        Assert.Equal(200, (await AskAsync(gateway, "GET", "/chat", fields)).Status);
        return Assert.Single(node.Requests);
    }
}
