using System.Collections.Concurrent;

namespace LoadTests.Connections;

/// <summary>Counts the HTTP answers that the clients of a run got.</summary>
/// <remarks>Thread-safe; all clients of a run share one.</remarks>
public sealed class ConnectionTrace
{
    /// <summary>In place of a status: the request was refused, reset, cancelled or given up before an answer came.</summary>
    public const int NoAnswer = 0;

    private readonly ConcurrentDictionary<(HttpRequestKind Kind, int Status), int> _counts = new();

    /// <summary>How many requests of a kind ended with a status, or with <see cref="NoAnswer"/>.</summary>
    public int Count(HttpRequestKind kind, int status) => _counts.GetValueOrDefault((kind, status));

    /// <summary>All counts so far.</summary>
    public IReadOnlyDictionary<(HttpRequestKind Kind, int Status), int> Counts() => new Dictionary<(HttpRequestKind Kind, int Status), int>(_counts);

    internal void Record(HttpRequestKind kind, int status) => _counts.AddOrUpdate((kind, status), 1, static (_, count) => count + 1);
}
