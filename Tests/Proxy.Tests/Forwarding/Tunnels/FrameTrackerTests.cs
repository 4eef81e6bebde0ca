using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Proxy.Forwarding.Tunnels;
using Xunit;

namespace Proxy.Tests.Forwarding.Tunnels;

public sealed class FrameTrackerTests
{
    private static readonly Gen<Frame> Frames =
        from kind in Gen.Elements(Kind.Whole, Kind.Whole, Kind.First, Kind.Middle, Kind.Last, Kind.Ping, Kind.Pong)
        from length in Gen.Frequency((30, Gen.Choose(0, 10)), (9, Gen.Elements(0, 125, 126, 127)), (1, Gen.Elements(65_535, 65_536)))
        from mask in Gen.Choose(-1, int.MaxValue)
        select new Frame(kind, kind is Kind.Ping or Kind.Pong ? Math.Min(length, 125) : length, mask);

    private enum Kind
    {
        Whole,
        First,
        Middle,
        Last,
        Ping,
        Pong,
        Close,
    }

    [Property(MaxTest = 300)]
    public Property Read_AnyFramesInAnyPieces_CountsMessagesAndFindsTheBoundaries() => Prop.ForAll(FramesInPieces().ToArbitrary(), sample =>
        Follow(sample.Frames, sample.Cuts));

    [Fact]
    public void Read_CloseFrame_IsSeen()
    {
        var tracker = new FrameTracker();
        Assert.True(tracker.IsAtBoundary);

        var bytes = new Frame(Kind.Close, 2, Mask: -1).Bytes();
        Assert.Equal(1, tracker.Read(bytes.AsSpan(0, 1), out _));
        Assert.True(tracker is { IsAtBoundary: false, IsClosed: false });
        Assert.Equal(3, tracker.Read(bytes.AsSpan(1), out var payload));
        Assert.True(tracker is { IsAtBoundary: true, IsClosed: true, Messages: 0 });
        Assert.True(payload.IsEmpty);
    }

    private static Gen<(List<Frame> Frames, int[] Cuts)> FramesInPieces() =>
        from frames in Gen.ListOf(Frames)
        from cuts in Gen.ArrayOf(Gen.Frequency((5, Gen.Choose(1, 20)), (1, Gen.Choose(1, 100_000))), 50)
        select (Valid(frames), cuts);

    private static void Follow(List<Frame> frames, int[] cuts)
    {
        byte[] bytes = [.. frames.SelectMany(frame => frame.Bytes())];
        var ends = new Dictionary<int, bool>(); // where a frame ends: whether another may be put in there
        var (at, isInMessage) = (0, false);
        foreach (var frame in frames)
        {
            at += frame.Bytes().Length;
            isInMessage = frame.Kind switch { Kind.First or Kind.Middle => true, Kind.Whole or Kind.Last => false, _ => isInMessage };
            ends[at] = !isInMessage;
        }

        var tracker = new FrameTracker();
        var payloads = new List<byte>();
        var (read, cut) = (0, 0);
        while (read < bytes.Length)
        {
            var piece = bytes.AsSpan(read, Math.Min(cuts[cut++ % cuts.Length], bytes.Length - read));
            while (!piece.IsEmpty)
            {
                var taken = tracker.Read(piece, out var payload);
                for (var i = 0; i < payload.Length; i++)
                {
                    payloads.Add((byte)(payload[i] ^ (tracker.Mask.IsEmpty ? 0 : tracker.Mask[(int)((tracker.PayloadOffset + i) & 3)])));
                }

                piece = piece[taken..];
                read += taken;
                Assert.True(taken > 0);
                Assert.Equal((read, ends.GetValueOrDefault(read)), (read, tracker.IsAtBoundary));
            }
        }

        Assert.Equal(frames.Count(frame => frame.Kind is Kind.Whole or Kind.Last), tracker.Messages);
        Assert.False(tracker.IsClosed);
        Assert.Equal(frames.Where(frame => frame.IsData).SelectMany(frame => frame.Payload()), payloads);
    }

    // Drops what may not follow what went before.
    private static List<Frame> Valid(IEnumerable<Frame> frames)
    {
        var valid = new List<Frame>();
        var isInMessage = false;
        foreach (var frame in frames)
        {
            if (!frame.IsData || (frame.Kind is Kind.Middle or Kind.Last) == isInMessage)
            {
                valid.Add(frame);
                isInMessage = frame.IsData ? frame.Kind is Kind.First or Kind.Middle : isInMessage;
            }
        }

        return valid;
    }

    private sealed record Frame(Kind Kind, int Length, int Mask)
    {
        public bool IsData => Kind is Kind.Whole or Kind.First or Kind.Middle or Kind.Last;

        public byte[] Payload() => [.. Enumerable.Range(0, Length).Select(i => (byte)(i * 7))];

        public byte[] Bytes()
        {
            var first = (byte)(Kind switch
            {
                Kind.Whole => 0x82,
                Kind.First => 0x02,
                Kind.Middle => 0x00,
                Kind.Last => 0x80,
                Kind.Ping => 0x89,
                Kind.Pong => 0x8A,
                _ => 0x88
            });
            var maskBit = Mask >= 0 ? 0x80 : 0;
            byte[] length = Length < 126 ? [(byte)(Length | maskBit)]
                : Length <= ushort.MaxValue ? [(byte)(126 | maskBit), (byte)(Length >> 8), (byte)Length]
                : [(byte)(127 | maskBit), 0, 0, 0, 0, (byte)(Length >> 24), (byte)(Length >> 16), (byte)(Length >> 8), (byte)Length];
            var mask = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(mask, Math.Max(Mask, 0));
            return [first, .. length, .. Mask >= 0 ? mask : [], .. Payload().Select((octet, i) => (byte)(octet ^ mask[i & 3]))];
        }
    }
}
