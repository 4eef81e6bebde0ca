using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Requests;

/// <summary>X-Forwarded-*: those of a trusted proxy are extended, those of any other peer are dropped.</summary>
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
    public async Task Claims_OfATrustedPeer_AreAppendedTo()
    {
        var request = await SendAsync([], Claims);

        Assert.Equal("203.0.113.7, 127.0.0.1", request.Field("X-Forwarded-For"));
        Assert.Equal("https, http", request.Field("X-Forwarded-Proto"));
        Assert.Equal("bank.example, hub.example", request.Field("X-Forwarded-Host"));
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
