using System.Threading.Channels;

namespace Proxy.Decisions;

/// <summary>Somebody who watches decisions as they happen. One that is slow loses the oldest; it never makes a request wait.</summary>
internal sealed class DecisionListener : IDisposable
{
    private const int MostWaiting = 256;

    private readonly Channel<DecisionRecord> _waiting;
    private readonly DecisionTrace _trace;
    private long _dropped;

    public DecisionListener(DecisionTrace trace)
    {
        _trace = trace;
        _waiting = Channel.CreateBounded<DecisionRecord>(
            new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }, _ => Interlocked.Increment(ref _dropped));
    }

    public ChannelReader<DecisionRecord> Reader => _waiting.Reader;

    /// <summary>Takes the number of lost decisions, and starts again from none.</summary>
    public long TakeDropped() => Interlocked.Exchange(ref _dropped, 0);

    public void Tell(DecisionRecord record) => _waiting.Writer.TryWrite(record);

    public void Dispose() => _trace.Leave(this);
}
