using System.Net;
using Polly;
using Polly.CircuitBreaker;
using StackExchange.Redis;

namespace Proxy.Affinity.Sharing;

/// <summary>Redis, with a short patience: what it does not answer in time is left out, and after a few failures it is not asked at all.</summary>
/// <remarks>
/// Nothing is tried twice: a request goes on without Redis. While the circuit is broken only <see cref="PingAsync"/> finds out whether Redis is back,
/// so that no request has to be the one that waits.
/// </remarks>
internal sealed partial class RedisStore : IAsyncDisposable
{
    /// <summary>How long a request waits for Redis.</summary>
    public static readonly TimeSpan Budget = TimeSpan.FromMilliseconds(250);

    /// <summary>How long the first connection may take until its absence is reported; the client library itself waits longer.</summary>
    public static readonly TimeSpan ConnectWait = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Break = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ResiliencePipeline _pipeline;
    private readonly CircuitBreakerStateProvider _circuit = new();
    private volatile ConnectionMultiplexer? _redis;
    private volatile string _servers = "";
    private int _generation;
    private int _isLost;
    private volatile bool _isDisposed;
    private long _failures;

    public RedisStore(TimeProvider time, ILogger<RedisStore> logger)
    {
        _time = time;
        _logger = logger;
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                // Two failures among a few calls, or two seconds of failures among many: Redis hangs, and each request pays for the news.
                FailureRatio = 0.4,
                MinimumThroughput = 3,
                SamplingDuration = TimeSpan.FromSeconds(5),
                BreakDuration = Break,
                StateProvider = _circuit,
                OnOpened = arguments =>
                {
                    Lost(arguments.Outcome.Exception?.Message ?? "no answer");
                    return default;
                },
            })
            .AddTimeout(Budget)
            .Build();
    }

    /// <summary>Whether Redis answers.</summary>
    public bool IsConnected => _redis is { IsConnected: true } && _circuit.CircuitState is CircuitState.Closed && Volatile.Read(ref _isLost) == 0;

    /// <summary>Questions and changes that were left out.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Changes with every connection to a server: what was written before may be gone.</summary>
    public int Generation => Volatile.Read(ref _generation);

    /// <summary>Connects, and keeps trying in the background when nobody is there.</summary>
    /// <param name="configuration">As StackExchange.Redis reads it; may hold a password, and is therefore never logged.</param>
    /// <returns>Whether there is no need to call this again.</returns>
    public async Task<bool> ConnectAsync(string configuration)
    {
        var options = ConfigurationOptions.Parse(configuration);
        options.AbortOnConnectFail = false;

        // The default queues commands for 5 s: requests would wait, and what they have given up on would be written all the same.
        options.BacklogPolicy = BacklogPolicy.FailFast;
        _servers = string.Join(", ", options.EndPoints.Select(Name));
        var connecting = ConnectionMultiplexer.ConnectAsync(options);
        if (await Task.WhenAny(connecting, Task.Delay(ConnectWait, _time)) != connecting)
        {
            Lost("no connection yet");
        }

        ConnectionMultiplexer redis;
        try
        {
            redis = await connecting;
        }
        catch (RedisException e)
        {
            // A Sentinel is not there; the library connects to servers, but not to Sentinels, in the background.
            Lost(e.Message);
            return false;
        }

        redis.ConnectionRestored += (_, restored) =>
        {
            if (restored.ConnectionType is ConnectionType.Interactive)
            {
                Interlocked.Increment(ref _generation);
            }
        };
        var former = _redis;
        _redis = redis;
        Interlocked.Increment(ref _generation);
        await CloseAsync(former);
        if (_isDisposed)
        {
            await CloseAsync(redis);
        }
        else if (!redis.IsConnected)
        {
            Lost("no connection");
        }
        else if (Volatile.Read(ref _isLost) == 0)
        {
            Log.Connected(_logger, _servers);
        }

        return true;
    }

    /// <summary>Finds out whether Redis is there; the only call that is made while it seems not to be.</summary>
    public async Task PingAsync() => await RunAsync(static async redis => await redis.PingAsync(), evenIfBroken: true);

    /// <summary>Reads entries.</summary>
    /// <returns>A text or <see langword="null"/> for each name; an empty list when Redis did not answer.</returns>
    public async Task<IReadOnlyList<string?>> ReadAsync(IReadOnlyList<string> names)
    {
        // Not one MGET, which a Redis cluster refuses for names of different slots.
        var answer = await RunAsync(redis => Task.WhenAll(names.Select(name => redis.StringGetAsync(name))));
        return answer is null ? [] : [.. answer.Select(value => (string?)value)];
    }

    /// <summary>Writes an entry that must not be there yet.</summary>
    /// <returns>Whether Redis answered, and what was there before.</returns>
    public async Task<(bool IsAnswered, string? First)> AddAsync(string name, string value, TimeSpan lifetime)
    {
        // Redis takes NX and GET in one SET from version 7 on; older ones are in use, and only a conflict needs the second command.
        var answer = await RunAsync(async redis =>
        {
            var isAdded = await redis.StringSetAsync(name, value, lifetime, When.NotExists);
            return Tuple.Create(isAdded ? null : (string?)await redis.StringGetAsync(name));
        });
        return (answer is not null, answer?.Item1);
    }

    /// <summary>Writes entries, and removes others.</summary>
    /// <returns>Whether Redis took all of them.</returns>
    public async Task<bool> WriteAsync(IEnumerable<SharedId> written, IEnumerable<string> removed)
    {
        var answer = await RunAsync(redis => Task.WhenAll(
        [
            .. written.Select(id => redis.StringSetAsync(id.Name, id.Value, id.Lifetime)),
            .. removed.Select(name => redis.KeyDeleteAsync(name)),
        ]));
        return answer is not null;
    }

    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await CloseAsync(_redis);
    }

    // What it was asked for is not waited for: it may hang.
    private static async Task CloseAsync(ConnectionMultiplexer? redis)
    {
        if (redis is not null)
        {
            await redis.CloseAsync(allowCommandsToComplete: false);
        }
    }

    private async Task<T?> RunAsync<T>(Func<IDatabaseAsync, Task<T>> command, bool evenIfBroken = false)
    {
        if (_redis is not { } redis || (!evenIfBroken && _circuit.CircuitState is not CircuitState.Closed))
        {
            Interlocked.Increment(ref _failures);
            return default;
        }

        try
        {
            var answer = await _pipeline.ExecuteAsync(async cancellationToken => await command(redis.GetDatabase()).WaitAsync(cancellationToken));
            if (Interlocked.Exchange(ref _isLost, 0) == 1)
            {
                Log.Back(_logger, _servers);
            }

            return answer;
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ExecutionRejectedException or ObjectDisposedException
            or OperationCanceledException)
        {
            Interlocked.Increment(ref _failures);
            if (e is RedisConnectionException)
            {
                Lost(e.Message);
            }

            return default;
        }
    }

    private void Lost(string reason)
    {
        if (Interlocked.Exchange(ref _isLost, 1) == 0)
        {
            Log.Lost(_logger, _servers, reason);
        }
    }

    private static string Name(EndPoint server) => server is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : server.ToString() ?? "";
}
