using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Xunit;
using Proxy.Requests;
using Xunit;

namespace Proxy.Tests.Requests;

public sealed class PercentEncodingTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("abc", "abc")]
    [InlineData("a+b", "a b")]
    [InlineData("a%20b", "a b")]
    [InlineData("%41%62", "Ab")]
    [InlineData("%2B", "+")]
    [InlineData("%252B", "%2B")]
    [InlineData("%", "%")]
    [InlineData("%4", "%4")]
    [InlineData("%4g", "%4g")]
    [InlineData("%%41", "%A")]
    [InlineData("%c3%a4", "ä")]
    [InlineData("ä€😀", "ä€😀")]
    public void Decode_GivesWhatTheNodeSees(string raw, string expected)
    {
        Assert.Equal(expected, Decode(raw));
    }

    [Fact]
    public void Decode_HalfACharacter_IsReplaced()
    {
        Assert.Equal("\ufffdx", Decode("\ud800x"));
        Assert.Equal("\ufffd", Decode("\udc00"));
    }

    [Property]
    public void Decode_WhateverWasEncoded_IsTheText(NonNull<string> any)
    {
        var text = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(any.Get)); // without half characters

        Assert.Equal(text, Decode(WebUtility.UrlEncode(text)));
        Assert.Equal(text, Decode(Uri.EscapeDataString(text)));
    }

    [Property]
    public void Decode_Anything_StaysWithinTheBound(NonNull<string> text)
    {
        var bound = PercentEncoding.MaxDecodedLength(text.Get.Length);

        Assert.InRange(PercentEncoding.Decode(text.Get, new byte[bound]), 0, bound);
    }

    [Theory]
    [InlineData("%2E", true, '.')]
    [InlineData("%2e", true, '.')]
    [InlineData("%fFx", true, '\u00ff')]
    [InlineData("%2", false, '\0')]
    [InlineData("%+1", false, '\0')]
    [InlineData("% 1", false, '\0')]
    public void TryReadEscape_NeedsTwoHexDigits(string text, bool expected, char octet)
    {
        Assert.Equal(expected, PercentEncoding.TryReadEscape(text, out var read));
        Assert.Equal((byte)octet, read);
    }

    private static string Decode(string raw)
    {
        var buffer = new byte[PercentEncoding.MaxDecodedLength(raw.Length)];
        return Encoding.UTF8.GetString(buffer, 0, PercentEncoding.Decode(raw, buffer));
    }
}
