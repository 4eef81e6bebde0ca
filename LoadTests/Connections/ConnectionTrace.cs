using System.Collections.Concurrent;

namespace LoadTests.Connections;

/// <summary>What the HTTP side of a client did: answers by kind and status, and the identity of the current connection.</summary>
/// <remarks>Thread-safe. Clients may share one trace for their counts; <see cref="ConnectionToken"/> and its neighbours then belong to the last one.</remarks>
public sealed class ConnectionTrace
{
    private readonly ConcurrentDictionary<(HttpRequestKind Kind, int Status), int> _counts = new();
    private volatile ConnectionIdentity? _current;
    private int _connections;
    private int _failures;
    private int _lastNegotiateStatus = -1;
    private int _resumptions;

    /// <summary>Called for every answer, and for every request that got none, on the thread that received it.</summary>
    public Action<ObservedResponse>? OnResponse { get; set; }

    /// <summary>Status of the last negotiate (<see cref="ObservedResponse.NoAnswer"/> when it got none), or <see langword="null"/> before the first.</summary>
    public int? LastNegotiateStatus => Volatile.Read(ref _lastNegotiateStatus) is var status and >= 0 ? status : null;

    /// <summary>The <c>id</c> of the current or last connection; <see langword="null"/> without a negotiate.</summary>
    public string? ConnectionToken => _current?.Token;

    /// <summary>The public id of the current or last connection; <see langword="null"/> without a negotiate.</summary>
    public string? ConnectionId => _current?.ConnectionId;

    /// <summary>URL of the current or last connection's requests: after redirects, with the <c>id</c>.</summary>
    public Uri? Url => _current?.Url;

    /// <summary>How many connections were established; each reconnect counts.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>How often a lost WebSocket was dialled again under the same id (stateful reconnect).</summary>
    public int Resumptions => Volatile.Read(ref _resumptions);

    /// <summary>How many requests failed, of any kind; see <see cref="ObservedResponse.Failed"/>.</summary>
    public int FailedRequests => Volatile.Read(ref _failures);

    /// <summary>How many requests of a kind ended with a status.</summary>
    public int Count(HttpRequestKind kind, int status) => _counts.GetValueOrDefault((kind, status));

    /// <summary>How many requests of any kind ended with a status.</summary>
    public int Count(int status) => _counts.Where(pair => pair.Key.Status == status).Sum(pair => pair.Value);

    /// <summary>All counts so far.</summary>
    public IReadOnlyDictionary<(HttpRequestKind Kind, int Status), int> Counts() => new Dictionary<(HttpRequestKind Kind, int Status), int>(_counts);

    internal void Record(ObservedResponse response)
    {
        _counts.AddOrUpdate((response.Kind, response.Status), 1, static (_, count) => count + 1);
        if (response.Failed)
        {
            Interlocked.Increment(ref _failures);
        }

        if (response.Kind == HttpRequestKind.Negotiate)
        {
            Volatile.Write(ref _lastNegotiateStatus, response.Status);
        }

        OnResponse?.Invoke(response);
    }

    internal void Connected(ConnectionIdentity identity)
    {
        _current = identity;
        Interlocked.Increment(ref _connections);
    }

    internal void Resumed() => Interlocked.Increment(ref _resumptions);
}
