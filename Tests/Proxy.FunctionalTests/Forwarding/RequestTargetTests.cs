using Proxy.Requests;
using Xunit;

namespace Proxy.FunctionalTests.Forwarding;

/// <summary>The node sees the target byte for byte; only a tag that was resolved is missing.</summary>
public sealed class RequestTargetTests : FunctionalTestBed
{
    private static readonly string Suffix = Tag.Prefix + Tag.Compute(key: null, "gateway", "a");

    [Theory]
    [InlineData("/")]
    [InlineData("/a%2Fb/c%2fd")]
    [InlineData("/a%20b/%C3%BC/%c3%bc")]
    [InlineData("/a+b/(c)/'d'/~e/!f*$g,;=:@")]
    [InlineData("//double//slashes/")]
    [InlineData("/%25/%252F/%41")]
    [InlineData("/a?b=c?d/e")]
    [InlineData("/a?")]
    [InlineData("/a?q=%2F%20+%c3%BC&&=&x=y=z&empty=&flag")]
    [InlineData("/a?q=[1]{2}|^`\\\"<>")]
    [InlineData("/.well-known/a%2Fb")]
    [InlineData("/a/.hidden%2Fb")]
    [InlineData("/a...b/..c/d..")]
    public async Task Target_WithoutTag_IsTheSameAtTheNode(string target)
    {
        Assert.Equal(target, await SendAsync(target));
    }

    /// <summary>Routes are matched without dot segments, so no node may see them either.</summary>
    [Theory]
    [InlineData("/a/../b", "/b")]
    [InlineData("/a/%2e%2E/b", "/b")]
    [InlineData("/a/./b", "/a/b")]
    [InlineData("/a/..", "/")]
    public async Task Target_WithDotSegments_ReachesTheNodeWithout(string target, string seen)
    {
        Assert.Equal(seen, await SendAsync(target));
    }

    [Theory]
    [InlineData("/chat?id={0}&access_token=eyJ.a-b_c", "/chat?id=T-_9&access_token=eyJ.a-b_c")]
    [InlineData("/chat?access_token=eyJ%2E+a&id={0}", "/chat?access_token=eyJ%2E+a&id=T-_9")]
    [InlineData("/chat?a=%2F&id={0}&&b", "/chat?a=%2F&id=T-_9&&b")]
    [InlineData("/chat?ID={0}", "/chat?ID=T-_9")]
    [InlineData("/chat?%69d={0}", "/chat?%69d=T-_9")]
    [InlineData("/chat/refresh?id={0}&_=1", "/chat/refresh?id=T-_9&_=1")]
    [InlineData("/a%2Fb?id={0}", "/a%2Fb?id=T-_9")]
    public async Task Tag_OfTheOwner_IsCutOut(string target, string seen)
    {
        Assert.Equal(seen, await SendAsync(target.Replace("{0}", "T-_9" + Suffix, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Tag_PercentEncoded_IsCutOut()
    {
        var encoded = string.Concat(Suffix.Select(c => $"%{(int)c:X2}"));

        Assert.Equal("/chat?id=T%2D&x=1", await SendAsync($"/chat?id=T%2D{encoded}&x=1"));
        Assert.Equal("/chat?id=T&x=1", await SendAsync($"/chat?id=T{Suffix.Replace(".", "%2e", StringComparison.Ordinal)}&x=1"));
    }

    /// <summary>Another gateway's tag in front of ours is that gateway's.</summary>
    [Fact]
    public async Task Tag_TwoOfThem_OnlyTheLastIsCutOut()
    {
        Assert.Equal("/chat?id=T.g1AAAAAAAAAAA", await SendAsync("/chat?id=T.g1AAAAAAAAAAA" + Suffix));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("DELETE")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("HEAD")]
    [InlineData("OPTIONS")]
    public async Task Tag_OnEveryVerb_IsCutOut(string method)
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node]);

        await AskAsync(gateway, method, "/chat?id=T" + Suffix, "Content-Length: 0");

        Assert.Equal($"{method} /chat?id=T HTTP/1.1", Assert.Single(node.Requests).StartLine);
    }

    private async Task<string> SendAsync(string target)
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node]);
        Assert.Equal(200, (await AskAsync(gateway, "GET", target)).Status);
        return Assert.Single(node.Requests).Target;
    }
}
