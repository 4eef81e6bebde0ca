using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Proxy.Connections;

/// <summary>Negotiated ids that no request has used yet, oldest first: what the table drops when it is full.</summary>
/// <remarks>
/// Ids with a tag are dropped first, since they are merely not counted then. A learned id, whose owner is known from the table alone, is dropped only to make
/// room for
/// another learned one, so that a flood of negotiates with tags costs no client its owner.
/// </remarks>
internal sealed class UnusedIds
{
    private readonly ConcurrentQueue<Connection> _tagged = new();
    private readonly ConcurrentQueue<Connection> _learned = new();

    public void Add(Connection connection) => (connection.Learned ? _learned : _tagged).Enqueue(connection);

    /// <summary>Takes the oldest that may be dropped; it may have been used meanwhile.</summary>
    public bool TryTakeOldest(bool forLearned, [NotNullWhen(true)] out Connection? oldest) =>
        _tagged.TryDequeue(out oldest) || (forLearned && _learned.TryDequeue(out oldest));

    /// <summary>Drops those at the front that have been used.</summary>
    public void DropUsed()
    {
        DropUsed(_tagged);
        DropUsed(_learned);
    }

    private static void DropUsed(ConcurrentQueue<Connection> queue)
    {
        while (queue.TryPeek(out var oldest) && oldest.Phase is not ConnectionPhase.Negotiated)
        {
            queue.TryDequeue(out _);
        }
    }
}
