using System.Net;
using System.Text;
using Proxy.Forwarding.Tunnels;
using Xunit;

namespace Proxy.Tests.Forwarding.Tunnels;

public sealed class AnswerHeadTests
{
    private const string Start = "HTTP/1.1 101 Switching Protocols\r\n";

    [Theory]
    [InlineData("", 0)]
    [InlineData(Start, 0)]
    [InlineData(Start + "A: b\r\n\r", 0)]
    [InlineData(Start + "A: b\n\n", 0)]
    [InlineData(Start + "\r\n", 36)]
    [InlineData(Start + "A: b\r\n\r\nframes\r\n\r\n", 42)]
    public void Length_EndsWithTheFirstEmptyLine(string bytes, int length) => Assert.Equal(length, AnswerHead.Length(Bytes(bytes)));

    [Theory]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\n\r\n", 101)]
    [InlineData("HTTP/1.1 101 \r\n\r\n", 101)]
    [InlineData("HTTP/1.1 101\r\n\r\n", 101)]
    [InlineData("HTTP/1.1 403 No\r\n\r\n", 403)]
    [InlineData("HTTP/1.0 101 Switching Protocols\r\n\r\n", 0)]
    [InlineData("HTTP/2 101 Switching Protocols\r\n\r\n", 0)]
    [InlineData("http/1.1 101 Switching Protocols\r\n\r\n", 0)]
    [InlineData("HTTP/1.1  101 Switching Protocols\r\n\r\n", 0)]
    [InlineData("HTTP/1.1 1010 Switching Protocols\r\n\r\n", 0)]
    [InlineData("HTTP/1.1 10\r\n\r\n", 0)]
    [InlineData("HTTP/1.1 1x1 Switching Protocols\r\n\r\n", 0)]
    [InlineData("HTTP/1.1 101\tSwitching Protocols\r\n\r\n", 0)]
    [InlineData("\r\n\r\n", 0)]
    public void Status_IsTheFirstLines(string head, int status) => Assert.Equal(status, AnswerHead.Status(Bytes(head)));

    [Fact]
    public void Parse_Fields_AreThoseOfTheNode()
    {
        using var answer = Parse("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSet-Cookie: a=1\r\nx-empty:\r\nSet-Cookie:b=2 \t\r\nX-Name: \u00e4:b\r\nContent-Length: 0\r\n\r\n");

        Assert.Equal(HttpStatusCode.SwitchingProtocols, answer.StatusCode);
        Assert.Equal(HttpVersion.Version11, answer.Version);
        Assert.Equal("websocket", answer.Headers.NonValidated["Upgrade"].ToString());
        Assert.Equal(["a=1", "b=2"], answer.Headers.NonValidated["Set-Cookie"]);
        Assert.Equal("", answer.Headers.NonValidated["X-Empty"].ToString());
        Assert.Equal("\u00e4:b", answer.Headers.NonValidated["X-Name"].ToString());
        Assert.Equal("0", answer.Content.Headers.NonValidated["Content-Length"].ToString());
    }

    [Theory]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\n\r\n", "Switching Protocols")]
    [InlineData("HTTP/1.1 101 Welcome\r\n\r\n", "Welcome")]
    [InlineData("HTTP/1.1 101 \r\n\r\n", "")]
    [InlineData("HTTP/1.1 101\r\n\r\n", "")]
    public void Parse_Reason_IsTheNodes(string head, string reason)
    {
        using var answer = Parse(head);

        Assert.Equal(reason, answer.ReasonPhrase);
    }

    [Theory]
    [InlineData("no colon\r\n")]
    [InlineData(": no name\r\n")]
    [InlineData("A : b\r\n")]
    [InlineData("A\t: b\r\n")]
    [InlineData("A: b\r\n folded: c\r\n")]
    [InlineData("A: b\r\n folded\r\n")]
    [InlineData("A: b\nB: c\r\n")]
    [InlineData("A: b\rB: c\r\n")]
    [InlineData("A: b\0\r\n")]
    [InlineData("A(b): c\r\n")]
    [InlineData("\u00e4: b\r\n")]
    public void Parse_MalformedField_IsRefused(string field)
    {
        var error = Assert.Throws<HttpRequestException>(() => Parse($"{Start}Upgrade: websocket\r\n{field}\r\n"));

        Assert.Equal(HttpRequestError.InvalidResponse, error.HttpRequestError);
    }

    [Theory]
    [InlineData("HTTP/1.1 101 Switching\nProtocols\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching\rProtocols\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching\0Protocols\r\n\r\n")]
    public void Parse_MalformedReason_IsRefused(string head)
    {
        var error = Assert.Throws<HttpRequestException>(() => Parse(head));

        Assert.Equal(HttpRequestError.InvalidResponse, error.HttpRequestError);
    }

    private static HttpResponseMessage Parse(string head) => AnswerHead.Parse(Bytes(head));

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
