using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Proxy.Forwarding.Tunnels;
using Xunit;

namespace Proxy.Tests.Forwarding.Tunnels;

public sealed class HubProtocolSnifferTests
{
    private static readonly byte[] Mask = [1, 2, 3, 4];

    [Theory]
    [InlineData("""{"protocol":"json","version":1}""", "json")]
    [InlineData("""{"version":2,"protocol":"json"}""", "json")]
    [InlineData("""{"protocol":"messagepack","version":1}""", "binary")]
    [InlineData("""{"protocol":"blazorpack","version":1}""", "binary")]
    [InlineData("""{"protocol":"other","version":1}""", "none")]
    [InlineData("""{"version":1}""", "none")]
    [InlineData("""{"protocol":5}""", "none")]
    [InlineData("""["protocol"]""", "none")]
    [InlineData("hello", "none")]
    public void CloseFrame_AfterTheHandshake_IsOfItsProtocol(string request, string expected)
    {
        var sniffer = new HubProtocolSniffer();
        Assert.True(sniffer.CloseFrame.IsEmpty);
        Send(ref sniffer, request + "\u001e");
        Assert.True(sniffer.CloseFrame.IsEmpty); // not answered yet
        sniffer.FromNode("{}\u001e"u8);

        var frame = sniffer.CloseFrame.ToArray();

        Assert.Equal(expected, frame.Length == 0 ? "none" : frame[0] == 0x81 ? "json" : "binary");
        Assert.True(frame.Length == 0 || frame[1] == frame.Length - 2);
        if (frame is [0x81, ..])
        {
            Assert.Equal("{\"type\":7,\"allowReconnect\":true}\u001e", Encoding.UTF8.GetString(frame[2..]));
        }
    }

    [Fact]
    public void CloseFrame_Json_StandsBetweenTwoMessagesOnly()
    {
        var sniffer = new HubProtocolSniffer();
        Send(ref sniffer, "{\"protocol\":\"json\",\"version\":1}\u001e{\"type\":6}\u001e");
        sniffer.FromNode("{}\u001e{\"type\":1"u8);
        Assert.True(sniffer.CloseFrame.IsEmpty);
        sniffer.FromNode(",\"target\":\"x\"}\u001e"u8);
        Assert.False(sniffer.CloseFrame.IsEmpty);
        sniffer.FromNode([]);
        Assert.False(sniffer.CloseFrame.IsEmpty);
    }

    [Property(MaxTest = 300)]
    public Property CloseFrame_MessagePackInAnyPieces_StandsBetweenTwoMessagesOnly() => Prop.ForAll(MessagePackInPieces().ToArbitrary(), sample =>
    {
        var sniffer = new HubProtocolSniffer();
        Send(ref sniffer, "{\"protocol\":\"messagepack\",\"version\":1}\u001e");
        byte[] bytes = [.. "{}\u001e"u8];
        var ends = new HashSet<int> { bytes.Length };
        foreach (var length in sample.Lengths)
        {
            bytes = [.. bytes, .. VariableLength(length), .. new byte[length]];
            ends.Add(bytes.Length);
        }

        for (int at = 0, cut = 0; at < bytes.Length; cut++)
        {
            var piece = bytes.AsSpan(at, Math.Min(sample.Cuts[cut % sample.Cuts.Length], bytes.Length - at));
            sniffer.FromNode(piece);
            at += piece.Length;
            Assert.Equal((at, ends.Contains(at)), (at, !sniffer.CloseFrame.IsEmpty));
        }
    });

    [Fact]
    public void FromClient_AnythingLong_IsNoHandshake()
    {
        var sniffer = new HubProtocolSniffer();
        Send(ref sniffer, new string('{', 10_000));
        sniffer.FromNode("{}\u001e"u8);

        Assert.True(sniffer.CloseFrame.IsEmpty);
    }

    private static Gen<(int[] Lengths, int[] Cuts)> MessagePackInPieces() =>
        from lengths in Gen.NonEmptyListOf(Gen.Frequency((5, Gen.Choose(0, 20)), (2, Gen.Elements(127, 128, 129, 16_383, 16_384, 20_000))))
        from cuts in Gen.ArrayOf(Gen.Choose(1, 300), 20)
        select (lengths.ToArray(), cuts);

    // In pieces, as they arrive masked.
    private static void Send(ref HubProtocolSniffer sniffer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var at = 0; at < bytes.Length; at += 7)
        {
            var piece = bytes[at..Math.Min(at + 7, bytes.Length)];
            sniffer.FromClient([.. piece.Select((octet, i) => (byte)(octet ^ Mask[(at + i) & 3]))], Mask, at);
        }
    }

    private static byte[] VariableLength(int length) => length < 128 ? [(byte)length] : [(byte)((length & 0x7F) | 0x80), .. VariableLength(length >> 7)];
}
