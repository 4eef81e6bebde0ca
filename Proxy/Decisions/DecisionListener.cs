using System.Threading.Channels;

namespace Proxy.Decisions;

/// <summary>Receives decisions as they happen. One that reads too slowly loses the oldest; a request never waits for it.</summary>
internal sealed class DecisionListener : IDisposable
{
    private const int MaxWaiting = 256;

    private readonly Channel<DecisionRecord> _waiting;
    private readonly DecisionLog _log;
    private long _dropped;

    public DecisionListener(DecisionLog log)
    {
        _log = log;
        _waiting = Channel.CreateBounded<DecisionRecord>(
            new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
                _ => Interlocked.Increment(ref _dropped));
    }

    public ChannelReader<DecisionRecord> Reader => _waiting.Reader;

    /// <summary>Takes the number of lost decisions, and starts again from none.</summary>
    public long TakeDropped() => Interlocked.Exchange(ref _dropped, 0);

    public void Publish(DecisionRecord record) => _waiting.Writer.TryWrite(record);

    public void Dispose() => _log.Leave(this);
}
