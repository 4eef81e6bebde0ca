using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Proxy.Nodes;
using Proxy.Requests;

namespace Proxy.Authentication;

/// <summary>The private connections of one client connection, one for each node that it has authenticated at or was asked to; they end with it.</summary>
/// <remarks>
/// A client of HTTP/1.1 has one request at a time, so that requests do not race here; only the end of the client's connection may come at any moment.
/// They are for one client's address: where a trusted proxy sends the requests of several over one connection, they go to the one who came last.
/// </remarks>
internal sealed class PrivateConnections
{
    private static readonly object Key = new();

    // Of the whole process. While there is none, nobody's connection is looked at: its items would have to be made for that.
    private static int _inUse;

    private readonly Lock _lock = new();
    private readonly List<PrivateConnection> _all = [];
    private readonly IPAddress? _client;
    private bool _isOver;

    private PrivateConnections(IPAddress? client)
    {
        _client = client;
        Interlocked.Increment(ref _inUse);
    }

    /// <summary>The one that was used last.</summary>
    public PrivateConnection? Latest { get; private set; }

    /// <summary>Those of the request's connection, as far as they belong to its client; <see langword="null"/>: there are none.</summary>
    public static PrivateConnections? Of(HttpContext context) =>
        Volatile.Read(ref _inUse) > 0
        && context.Features.Get<IConnectionItemsFeature>() is { } items && Find(items) is { } found && found.IsOf(context) ? found : null;

    /// <summary>Those of the request's connection, made if need be.</summary>
    /// <param name="context">The request.</param>
    /// <param name="all">What was found or made.</param>
    /// <param name="isTaken">They belonged to another client until now.</param>
    /// <returns><see langword="false"/> when the connection carries several requests at once, or the server does not say what connection it is.</returns>
    public static bool TryOpen(HttpContext context, [NotNullWhen(true)] out PrivateConnections? all, out bool isTaken)
    {
        all = null;
        isTaken = false;
        if (IsMultiplexed(context)
            || context.Features.Get<IConnectionItemsFeature>() is not { } items || context.Features.Get<IConnectionLifetimeFeature>() is not { } lifetime)
        {
            return false;
        }

        all = Find(items);
        if (all is not null && !all.IsOf(context))
        {
            isTaken = true;
            all.End();
            all = null;
        }

        if (all is null)
        {
            items.Items[Key] = all = new PrivateConnections(context.ClientAddress());
            lifetime.ConnectionClosed.UnsafeRegister(static state => ((PrivateConnections)state!).End(), all);
        }

        return true;
    }

    /// <summary>Whether the client's connection carries several requests at once, so that it cannot be logged in.</summary>
    public static bool IsMultiplexed(HttpContext context) => HttpProtocol.IsHttp2(context.Request.Protocol) || HttpProtocol.IsHttp3(context.Request.Protocol);

    /// <summary>The one to a node, which counts as used from now on; <see langword="null"/>: there is none.</summary>
    public PrivateConnection? Use(NodeState node)
    {
        foreach (var connection in _all)
        {
            if (ReferenceEquals(connection.Node, node))
            {
                return Latest = connection;
            }
        }

        return null;
    }

    public void Add(PrivateConnection connection)
    {
        lock (_lock)
        {
            if (!_isOver)
            {
                _all.Add(connection);
                Latest = connection;
                return;
            }
        }

        connection.Dispose();
    }

    private static PrivateConnections? Find(IConnectionItemsFeature items) => items.Items.TryGetValue(Key, out var found) ? (PrivateConnections?)found : null;

    private bool IsOf(HttpContext context) => Equals(_client, context.ClientAddress());

    private void End()
    {
        lock (_lock)
        {
            if (_isOver)
            {
                return;
            }

            _isOver = true;
        }

        Interlocked.Decrement(ref _inUse);
        foreach (var connection in _all)
        {
            connection.Dispose(); // nothing is added any more
        }
    }
}
