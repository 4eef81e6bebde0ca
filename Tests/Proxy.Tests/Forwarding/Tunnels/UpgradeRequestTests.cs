using System.Buffers;
using System.Text;
using Proxy.Forwarding.Tunnels;
using Xunit;

namespace Proxy.Tests.Forwarding.Tunnels;

public sealed class UpgradeRequestTests
{
    [Fact]
    public void Write_Handshake_IsByteForByte()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://node:5000/chat?id=a%20b&x=%2F");
        request.Headers.Host = "hub.example";
        request.Headers.TryAddWithoutValidation("Connection", "Upgrade");
        request.Headers.TryAddWithoutValidation("X-Name", "\u00e4");

        Assert.Equal("GET /chat?id=a%20b&x=%2F HTTP/1.1\r\nHost: hub.example\r\nConnection: Upgrade\r\nX-Name: \u00e4\r\n\r\n", Write(request));
    }

    [Theory]
    [InlineData("http://node:5000/", "node:5000")]
    [InlineData("http://node/", "node")]
    [InlineData("http://node:80/", "node")]
    [InlineData("http://10.0.0.1:5000/", "10.0.0.1:5000")]
    [InlineData("http://[2001:db8::1]:5000/", "[2001:db8::1]:5000")]
    [InlineData("http://[::1]/", "[::1]")]
    [InlineData("http://b\u00fccher.example/", "xn--bcher-kva.example")]
    public void Host_ThatNobodyGave_IsTheNodes(string address, string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);

        Assert.Equal($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n", Write(request));
    }

    /// <summary>RFC 9110 5.3, and RFC 6265 5.4 for cookies.</summary>
    [Theory]
    [InlineData("Cookie", "Cookie: a=1; b=2")]
    [InlineData("cookie", "Cookie: a=1; b=2")]
    [InlineData("User-Agent", "User-Agent: a=1 b=2")]
    [InlineData("X-Any", "X-Any: a=1, b=2")]
    public void Values_OfOneField_AreJoined(string name, string line)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://node/");
        request.Headers.TryAddWithoutValidation(name, ["a=1", "b=2"]);

        Assert.Contains($"\r\n{line}\r\n", Write(request), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\r\nInjected: b")]
    [InlineData("a\nInjected: b")]
    [InlineData("a\rInjected: b")]
    [InlineData("a\0")]
    [InlineData("\r\n")]
    [InlineData(" HTTP/1.1\r\n")]
    public void Value_ThatBeginsALineOfItsOwn_IsRefused(string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://node/");
        request.Headers.TryAddWithoutValidation("X-Name", value);

        Assert.Throws<HttpRequestException>(() => Write(request));
    }

    [Fact]
    public void Value_AmongSeveral_IsRefusedToo()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://node/");
        request.Headers.TryAddWithoutValidation("X-Name", ["a", "b\r\nInjected: c"]);

        Assert.Throws<HttpRequestException>(() => Write(request));
    }

    [Fact]
    public void Target_KeptAsItCame_CannotBeginALine()
    {
        var address = new Uri("http://node/a\r\nInjected: b", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(HttpMethod.Get, address);

        Assert.Throws<HttpRequestException>(() => Write(request));
    }

    private static string Write(HttpRequestMessage request)
    {
        var output = new ArrayBufferWriter<byte>();
        UpgradeRequest.Write(request, output);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }
}
