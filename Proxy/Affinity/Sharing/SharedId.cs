using Proxy.Connections;

namespace Proxy.Affinity.Sharing;

/// <summary>A connection whose id other replicas have to find.</summary>
/// <param name="connection">The connection, as this replica knows it.</param>
/// <param name="name">The id's name in the store.</param>
/// <param name="value">What the store says of it.</param>
internal sealed class SharedId(Connection connection, string name, string value)
{
    /// <summary>How long an entry outlives its last renewal: one that is renewed by thirds is there for longer than any replica remembers the id.</summary>
    public TimeSpan Lifetime { get; } = 2 * connection.Lifetime;

    public string Name { get; } = name;

    public string Value { get; } = value;

    /// <summary>Timestamp of the last writing, or <see langword="null"/>: it may not be in the store.</summary>
    public long? WrittenAt { get; set; }

    /// <summary>The connection to the store that was in use then; with the next one it may be another, empty store.</summary>
    public int WrittenBy { get; set; }

    /// <summary>The connection has left this replica's table.</summary>
    public bool HasEnded => connection.Phase is ConnectionPhase.Ended;

    /// <summary>The connection is over for every replica: its owner said so.</summary>
    public bool IsGone => connection.IsGone;

    /// <summary>Whether it has to be written, for the first time or because it was used since.</summary>
    public bool IsDue(TimeProvider time, int generation) =>
        connection is { IsOrphan: false, State.IdsForgotten: false }
        && (WrittenAt is not { } writtenAt
            || WrittenBy != generation
            || ((connection.Open > 0 || connection.LastSeenAt > writtenAt) && time.GetElapsedTime(writtenAt) >= Lifetime / 3));
}
