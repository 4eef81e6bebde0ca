using System.Text;
using LoadTests.Lean;
using Xunit;

namespace EndToEndTests.LoadGenerator.Lean;

public sealed class HttpHeadTests
{
    [Fact]
    public void TryRead_Answer_HasWhatClientsHeed()
    {
        var head = Read("HTTP/1.1 200 OK\r\nCONTENT-LENGTH:  12\r\nSet-Cookie: a=1; Path=/\r\nset-cookie: b=2\r\nConnection: close\r\n\r\nrest");

        Assert.Equal((200, 12L, "a=1; b=2", true, false), (head!.Status, head.ContentLength, head.Cookies, head.Closes, head.IsChunked));
    }

    [Fact]
    public void TryRead_Size_IsThatOfTheHead()
    {
        const string Text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

        var head = Read(Text + "0\r\n\r\n");

        Assert.Equal((Text.Length, -1L, true), (head!.Size, head.ContentLength, head.IsChunked));
    }

    [Fact]
    public void TryRead_NoEmptyLineYet_IsNull() => Assert.Null(Read("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"));

    private static HttpHead? Read(string text) => HttpHead.TryRead(Encoding.Latin1.GetBytes(text));
}
