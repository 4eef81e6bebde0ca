using LoadTests.Lean;
using Xunit;

namespace EndToEndTests.LoadGenerator.Lean;

public sealed class FrameHeaderTests
{
    [Theory]
    [InlineData(0, 2)]
    [InlineData(125, 2)]
    [InlineData(126, 4)]
    [InlineData(65535, 4)]
    [InlineData(65536, 10)]
    public void Client_AnyLength_IsReadAndUnmaskedAgain(int length, int size)
    {
        var payload = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();

        var frame = FrameHeader.Client(FrameHeader.Text, payload);

        Assert.True(FrameHeader.TryRead(frame, out var header));
        Assert.Equal((size + 4, FrameHeader.Text, (long)length), (header.Size, header.OpCode, header.PayloadLength));
        FrameHeader.Apply(header.Mask, frame.AsSpan(header.Size));
        Assert.Equal(payload, frame[header.Size..]);
    }

    [Fact]
    public void Client_TheMask_ChangesEveryByte()
    {
        var frame = FrameHeader.Client(FrameHeader.Text, new byte[40]);

        Assert.DoesNotContain((byte)0, frame[6..]);
    }

    [Fact]
    public void TryRead_HeadThatIsNotWhole_Waits()
    {
        var frame = FrameHeader.Client(FrameHeader.Text, new byte[70_000]);

        Assert.All(Enumerable.Range(0, 14), length => Assert.False(FrameHeader.TryRead(frame.AsSpan(0, length), out _)));
        Assert.True(FrameHeader.TryRead(frame.AsSpan(0, 14), out _));
    }

    [Fact]
    public void TryRead_RfcExample_IsHello() // RFC 6455, 5.7
    {
        byte[] frame = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];

        Assert.True(FrameHeader.TryRead(frame, out var header));
        FrameHeader.Apply(header.Mask, frame.AsSpan(header.Size));
        Assert.Equal("Hello"u8, frame.AsSpan(header.Size));
    }
}
