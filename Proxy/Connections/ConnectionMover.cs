using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Proxy.Metrics;
using Proxy.Nodes;

namespace Proxy.Connections;

/// <summary>Asks clients to reconnect, to another node: polls end with 204, event streams end, WebSockets are closed.</summary>
internal sealed class ConnectionMover(ConnectionTable connections, GatewayMetrics? metrics = null)
{
    /// <summary>How many connections one search finds for later moves: a drain moves a few several times a second, and each search reads the whole
    /// table.</summary>
    private const int SearchSize = 1024;

    private readonly ConditionalWeakTable<NodeState, Queue<Connection>> _next = [];

    /// <summary>Moves connections off a node.</summary>
    /// <param name="state">The node.</param>
    /// <param name="most">How many at the most.</param>
    /// <param name="which">Those that may be moved; <see langword="null"/>: all.</param>
    /// <returns>How many were asked.</returns>
    public int Move(NodeState state, int most, Func<Connection, bool>? which = null)
    {
        var next = _next.GetValue(state, static _ => new Queue<Connection>());
        lock (next)
        {
            var moved = Move(next, most);
            if (moved < most && state.Connections.Known > state.Connections.Moving)
            {
                foreach (var connection in Choose(
                    connection => ReferenceEquals(connection.State, state) && which?.Invoke(connection) is not false, Math.Max(most, SearchSize)))
                {
                    next.Enqueue(connection);
                }

                moved += Move(next, most - moved);
            }

            return moved;
        }
    }

    /// <summary>Moves the first of those that were chosen.</summary>
    /// <param name="chosen">A connection that is asked, or has gone meanwhile, is taken out.</param>
    /// <param name="most">How many at the most.</param>
    /// <returns>How many were asked.</returns>
    public int Move(Queue<Connection> chosen, int most)
    {
        var moved = 0;
        while (moved < most && chosen.TryDequeue(out var connection))
        {
            if (connection.Phase is ConnectionPhase.Live && connection.Move())
            {
                moved++;
                metrics?.Moved(connection.State);
            }
        }

        return moved;
    }

    /// <summary>Chooses live connections that have not been asked yet; in random order, since the client that connected first must not always be moved
    /// first.</summary>
    /// <param name="which">Those that may be chosen.</param>
    /// <param name="most">How many at the most.</param>
    public Queue<Connection> Choose(Func<Connection, bool> which, int most = int.MaxValue)
    {
        var chosen = new List<Connection>();
        var seen = 0;
        foreach (var connection in connections.All.Where(connection => connection is { Phase: ConnectionPhase.Live, IsMoving: false } && which(connection)))
        {
            seen++;
            if (chosen.Count < most)
            {
                chosen.Add(connection);
            }
            else if (Random.Shared.Next(seen) is var place && place < most)
            {
                chosen[place] = connection; // so that each is as likely to stay as any other (reservoir sampling)
            }
        }

        Random.Shared.Shuffle(CollectionsMarshal.AsSpan(chosen));
        return new Queue<Connection>(chosen);
    }
}
