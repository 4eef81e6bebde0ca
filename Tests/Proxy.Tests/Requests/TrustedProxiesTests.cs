using System.Net;
using Proxy.Configuration;
using Proxy.Requests;
using Xunit;

namespace Proxy.Tests.Requests;

public sealed class TrustedProxiesTests
{
    [Theory]
    [InlineData("203.0.113.7", "198.51.100.1", false, "203.0.113.7")] // a stranger's claim
    [InlineData("10.0.0.1", null, true, "10.0.0.1")]
    [InlineData("10.0.0.1", "198.51.100.1", true, "198.51.100.1")]
    [InlineData("::ffff:10.0.0.1", "::ffff:198.51.100.1", true, "198.51.100.1")]
    [InlineData("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2", true, "198.51.100.1")] // the last that no trusted proxy vouches for
    [InlineData("10.0.0.1", "10.0.0.3, 10.0.0.2", true, "10.0.0.3")]
    [InlineData("10.0.0.1", "198.51.100.1:4711", true, "198.51.100.1")]
    [InlineData("10.0.0.1", "[2001:db8::1]:4711", true, "2001:db8::1")]
    [InlineData("10.0.0.1", "unknown", true, "10.0.0.1")]
    [InlineData("10.0.0.1", "198.51.100.1, unknown, 10.0.0.2", true, "10.0.0.2")]
    [InlineData("10.0.0.1", "", true, "10.0.0.1")]
    public void Admit_TakesTheClientFromTrustedPeersOnly(string peer, string? chain, bool expected, string client)
    {
        var context = chain is null ? Http.Get("/") : Http.Get("/", ("X-Forwarded-For", chain));
        context.Connection.RemoteIpAddress = IPAddress.Parse(peer);

        Assert.Equal(expected, new TrustedProxies().Admit(context, Trusting("10.0.0.0/8")));
        Assert.Equal(client, context.ClientAddress()?.ToString());
    }

    [Fact]
    public void Admit_UnixSocket_IsTrustedUnlessNobodyIs()
    {
        Assert.True(new TrustedProxies().Admit(Http.Get("/"), Trusting("10.0.0.0/8")));
        Assert.False(new TrustedProxies().Admit(Http.Get("/"), Trusting()));
    }

    private static TrustedProxyOptions Trusting(params string[] networks) => new() { TrustedProxies = networks };
}
