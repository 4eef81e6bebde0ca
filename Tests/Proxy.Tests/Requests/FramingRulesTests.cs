using Proxy.Requests;
using Xunit;

namespace Proxy.Tests.Requests;

public sealed class FramingRulesTests
{
    [Theory]
    [InlineData("HTTP/1.1", "", true)]
    [InlineData("HTTP/1.1", "Transfer-Encoding: chunked", true)]
    [InlineData("HTTP/1.1", "Transfer-Encoding: Chunked", true)]
    [InlineData("HTTP/1.1", "Content-Length: 3", true)]
    [InlineData("HTTP/1.1", "Transfer-Encoding: gzip, chunked", false)]
    [InlineData("HTTP/1.1", "Transfer-Encoding: chunked|Transfer-Encoding: chunked", false)]
    [InlineData("HTTP/1.1", "Transfer-Encoding:  chunked ", false)]
    [InlineData("HTTP/1.1", "Transfer-Encoding: identity", false)]
    [InlineData("HTTP/1.1", "Transfer-Encoding: chunked|X-Content-Length: 3", false)]
    [InlineData("HTTP/1.1", "Transfer-Encoding: chunked|Content-Length: 3", false)]
    [InlineData("HTTP/1.0", "Transfer-Encoding: chunked", false)]
    [InlineData("HTTP/1.0", "Content-Length: 3", true)]
    public void FindViolation_OfTheLength(string protocol, string headers, bool isFine)
    {
        var context = Http.Post("/chat", [.. headers.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(
            line => (line[..line.IndexOf(':')], line[(line.IndexOf(':') + 2)..]))]);
        context.Request.Protocol = protocol;

        Assert.Equal(isFine, FramingRules.FindViolation(context) is null);
    }

    [Fact]
    public void FindViolation_FragmentOrPlainConnect_IsRefused()
    {
        Assert.NotNull(FramingRules.FindViolation(Http.Get("/chat#x")));
        Assert.NotNull(FramingRules.FindViolation(Http.Request("CONNECT", "/chat")));
        Assert.Null(FramingRules.FindViolation(Http.Get("/chat?x=%23")));
    }
}
