using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using LoadTests.Engine;
using Microsoft.AspNetCore.SignalR.Client;

namespace LoadTests.Scenarios;

/// <summary>Has a hub send messages to all, and follows each to every connection that is to get it.</summary>
/// <remarks>
/// Without a backplane a message reaches the connections of one node only, and a client cannot know which these are. So the set-up finds out who hears whom;
/// a delivery is lost when a connection misses what it could hear then.
/// </remarks>
internal sealed class Broadcaster(HubClients clients, LoadSettings settings, TimeProvider time)
{
    private const int NumberLength = 12;

    // A probe has reached all when none arrived for so long; it costs that time once for each node.
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(300);

    // Only characters that no encoder escapes, so that the message is found wherever in the event's arguments it is.
    private readonly string _mark = $"load-{Guid.NewGuid().ToString("N")[..8]}-";
    private readonly ConcurrentDictionary<long, SentMessage> _underWay = new();
    private int[][] _audienceOf = [];
    private long _lastNumber;
    private DeliveryCounts _counts = new();

    /// <summary>Connections that hear each other; each is in one group.</summary>
    public IReadOnlyList<int[]> Audiences { get; private set; } = [];

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await clients.OpenAsync(cancellationToken);
        for (var connection = 0; connection < settings.Connections; connection++)
        {
            Listen(connection);
        }

        var groups = await FindGroupsAsync(cancellationToken);
        var members = Enumerable.Range(0, groups.Length).GroupBy(connection => groups[connection]).ToDictionary(group => group.Key, group => group.ToArray());
        Audiences = [.. members.Values];
        _audienceOf = [.. groups.Select(group => members[group])];
    }

    /// <summary>What was counted until now does not count; what is under way goes on counting there.</summary>
    public void BeginMeasuring() => _counts = new DeliveryCounts();

    /// <summary>Sends a message from one connection, and waits until every connection that hears it has it.</summary>
    public async Task SendAsync(int sender, CancellationToken cancellationToken)
    {
        var audience = _audienceOf[sender];
        var counts = _counts;
        counts.Expect(audience.Length);
        var number = NextNumber();
        var message = Follow(number, audience, counts.Delays);
        try
        {
            var delivered = CallAndWaitAsync();
            await delivered.WaitAsync(settings.Timeout, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!delivered.IsCompleted)
            {
                throw new TimeoutException("A message did not reach all of its connections in time.");
            }

            await delivered;
        }
        finally
        {
            _underWay.TryRemove(number, out _);
        }

        async Task CallAndWaitAsync()
        {
            await CallAsync(sender, number, cancellationToken);
            await message.Delivered;
        }
    }

    public IEnumerable<LatencySeries> Series() => [new("delivery, from the call", _counts.Delays)];

    public IEnumerable<Figure> Figures() =>
    [
        new("groups that hear each other", Audiences.Count),
        new("deliveries expected", _counts.Expected),
        new("deliveries lost", _counts.Expected - _counts.Delays.Count),
    ];

    private static void Join(int[] groups, List<int> heard, int newGroup)
    {
        var met = heard.Select(connection => groups[connection]).Where(group => group != 0).ToHashSet(); // missed an earlier probe, or was late
        for (var connection = 0; connection < groups.Length; connection++)
        {
            if (met.Contains(groups[connection]))
            {
                groups[connection] = newGroup;
            }
        }

        heard.ForEach(connection => groups[connection] = newGroup);
    }

    private void Listen(int connection) => clients.For(connection).On(
        settings.Event.Name,
        Enumerable.Repeat(typeof(JsonElement), settings.Event.Arguments).ToArray(),
        (values, _) =>
        {
            OnArrived(connection, values);
            return Task.CompletedTask;
        },
        state: this);

    /// <summary>The group of each connection, by one probe for each group.</summary>
    private async Task<int[]> FindGroupsAsync(CancellationToken cancellationToken)
    {
        var groups = new int[settings.Connections]; // 0 = has heard nobody yet
        var last = 0;
        for (var sender = 0; sender < groups.Length; sender++)
        {
            if (groups[sender] == 0)
            {
                Join(groups, await ProbeAsync(sender, cancellationToken), ++last);
            }
        }

        return groups;
    }

    private async Task<List<int>> ProbeAsync(int sender, CancellationToken cancellationToken)
    {
        var number = NextNumber();
        var everybody = Enumerable.Range(0, settings.Connections).ToArray();
        var message = Follow(number, everybody, new LatencyHistogram());
        await CallAsync(sender, number, cancellationToken).WaitAsync(settings.Timeout, time, cancellationToken);
        var begun = time.GetTimestamp();
        int left;
        do
        {
            left = message.Left;
            await Task.Delay(Silence, time, cancellationToken);
        }
        while (message.Left < left || (!message.HasArrivedAt(sender) && time.GetElapsedTime(begun) < settings.Timeout));

        _underWay.TryRemove(number, out _);
        return message.HasArrivedAt(sender)
            ? [.. everybody.Where(message.HasArrivedAt)]
            : throw new InvalidOperationException(
                $"After a call of {settings.Method} no {settings.Event} brought the message back to the caller. Name the hub's own with --method and --event.");
    }

    private SentMessage Follow(long number, int[] audience, LatencyHistogram delays) =>
        _underWay[number] = new SentMessage(audience, settings.Connections, delays, time);

    private long NextNumber() => Interlocked.Increment(ref _lastNumber);

    private Task CallAsync(int sender, long number, CancellationToken cancellationToken)
    {
        var text = _mark + number.ToString("D" + NumberLength, CultureInfo.InvariantCulture);
        var arguments = new object?[settings.Method.Arguments];
        Array.Fill(arguments, "load");
        arguments[^1] = text.PadRight(settings.MessageSize, 'x');
        return clients.For(sender).InvokeCoreAsync(settings.Method.Name, arguments, cancellationToken);
    }

    private void OnArrived(int connection, object?[] values)
    {
        foreach (JsonElement value in values.OfType<JsonElement>())
        {
            var text = value.GetRawText();
            var start = text.IndexOf(_mark, StringComparison.Ordinal);
            if (start >= 0
                && long.TryParse(text.AsSpan(start + _mark.Length, NumberLength), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && _underWay.TryGetValue(number, out var message))
            {
                message.ArrivedAt(connection);
                return;
            }
        }
    }
}
