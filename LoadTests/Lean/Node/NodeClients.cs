using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;

namespace LoadTests.Lean.Node;

/// <summary>The hub connections of a node, by token.</summary>
internal sealed class NodeClients
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(1);

    private readonly ConcurrentDictionary<string, NodeClient> _byToken = new(StringComparer.Ordinal);
    private readonly PriorityQueue<NodeClient, TimeSpan> _ticking = new();
    private TimeSpan _now;

    public IEnumerable<NodeClient> All => _byToken.Select(pair => pair.Value);

    public NodeClient Add()
    {
        var client = new NodeClient(this, Convert.ToBase64String(RandomNumberGenerator.GetBytes(16)).Replace('+', '-').Replace('/', '_').TrimEnd('='));
        _byToken[client.Token] = client;
        return client;
    }

    public NodeClient? Find(string token) => _byToken.GetValueOrDefault(token);

    public void Remove(NodeClient client) => _byToken.TryRemove(client.Token, out _);

    /// <summary>Lets a client tick from now on.</summary>
    public void Tick(NodeClient client)
    {
        lock (_ticking)
        {
            _ticking.Enqueue(client, _now);
        }
    }

    /// <summary>Sends the ticks that are due; returns how long nothing else is.</summary>
    public TimeSpan SendDueTicks(TimeSpan now, TimeSpan interval)
    {
        lock (_ticking)
        {
            _now = now;
            while (_ticking.TryPeek(out var client, out var due) && due <= now)
            {
                if (!_byToken.ContainsKey(client.Token))
                {
                    _ticking.Dequeue();
                    continue;
                }

                _ticking.DequeueEnqueue(client, due + interval);
                client.SendTick(Stopwatch.GetTimestamp());
            }

            return LongestWait;
        }
    }
}
