using Proxy.Diagnostics.Metrics;
using Proxy.Nodes;

namespace Proxy.Connections;

/// <summary>Asks clients to come back elsewhere: polls end with 204, event streams end, WebSockets are closed.</summary>
internal sealed class ConnectionMover(ConnectionTable connections, GatewayMetrics? metrics = null)
{
    /// <summary>Moves connections.</summary>
    /// <param name="state">The node to move them off.</param>
    /// <param name="most">How many at the most.</param>
    /// <returns>How many were asked.</returns>
    public int Move(NodeState state, int most) => Move(connection => ReferenceEquals(connection.State, state), most);

    /// <summary>Moves connections.</summary>
    /// <param name="which">Those that may be moved.</param>
    /// <param name="most">How many at the most.</param>
    /// <returns>How many were asked.</returns>
    public int Move(Func<Connection, bool> which, int most)
    {
        if (most <= 0)
        {
            return 0;
        }

        // Without order: whoever connected first must not always be moved first.
        var chosen = connections.All
            .Where(connection => connection is { Phase: ConnectionPhase.Live, IsMoving: false } && which(connection))
            .ToArray();
        Random.Shared.Shuffle(chosen);
        var moved = 0;
        for (var i = 0; i < chosen.Length && moved < most; i++)
        {
            if (chosen[i].Move())
            {
                moved++;
                metrics?.Moved(chosen[i].State);
            }
        }

        return moved;
    }
}
