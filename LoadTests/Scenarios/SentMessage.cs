using LoadTests.Engine;

namespace LoadTests.Scenarios;

/// <summary>A message on its way to many connections.</summary>
/// <param name="audience">Indexes of the connections that are to get it; others do not count.</param>
/// <param name="connections">How many connections there are.</param>
/// <param name="delays">Gets the time that each delivery took, from now on.</param>
/// <param name="time">Clock of the deliveries.</param>
internal sealed class SentMessage(IReadOnlyCollection<int> audience, int connections, LatencyHistogram delays, TimeProvider time)
{
    private readonly long _sent = time.GetTimestamp();
    private readonly bool[] _missing = Mark(audience, connections);
    private readonly TaskCompletionSource _delivered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left = audience.Count;

    /// <summary>Completes when all have it.</summary>
    public Task Delivered => _delivered.Task;

    /// <summary>How many do not have it yet.</summary>
    public int Left => Volatile.Read(ref _left);

    /// <summary>Called by one thread at a time for each connection; a second delivery does not count.</summary>
    public void ArrivedAt(int connection)
    {
        if (!_missing[connection])
        {
            return;
        }

        _missing[connection] = false;
        delays.Record(time.GetElapsedTime(_sent));
        if (Interlocked.Decrement(ref _left) == 0)
        {
            _delivered.TrySetResult();
        }
    }

    public bool HasArrivedAt(int connection) => !Volatile.Read(ref _missing[connection]);

    private static bool[] Mark(IReadOnlyCollection<int> audience, int connections)
    {
        var marks = new bool[connections];
        foreach (var connection in audience)
        {
            marks[connection] = true;
        }

        return marks;
    }
}
