using System.Buffers.Text;
using System.Diagnostics;
using System.Net.Sockets;
using LoadTests.Engine;

namespace LoadTests.Lean;

/// <summary>Many event streams, each of which gets the lean node's clock once a second: how many came, and how late.</summary>
internal sealed class LeanStreams(LoadSettings settings) : IAsyncDisposable
{
    private const int OpenedAtOnce = 64;
    private static readonly byte[] ItemMember = "\"item\":"u8.ToArray();

    private readonly LeanEventStream?[] _streams = new LeanEventStream?[settings.Connections];
    private Task[] _readers = [];
    private long _events;

    /// <summary>Replaced when a measurement begins.</summary>
    public LatencyHistogram Delays { get; set; } = new();

    public long Events => Volatile.Read(ref _events);

    /// <summary>Streams that ended.</summary>
    public int Lost => _readers.Count(reader => reader.IsCompleted);

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        var target = await LeanTarget.ResolveAsync(settings.Url, cancellationToken);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = OpenedAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, _streams.Length, parallel, async (i, token) =>
        {
            var stream = _streams[i] = await new LeanHubClient(target, settings.Cookies).OpenEventStreamAsync(token);
            stream.OnMessage = Count;
            await stream.SendAsync(stream.Prepare(HubMessages.Ticks), token);
        });
        _readers = [.. _streams.Select(stream => ReadAsync(stream!))];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var stream in _streams)
        {
            stream?.Dispose();
        }

        await Task.WhenAll(_readers);
    }

    private static async Task ReadAsync(LeanEventStream stream)
    {
        try
        {
            while (await stream.ReceiveAsync(static _ => { }))
            {
            }
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException)
        {
            // Broken or closed: it has ended.
        }
    }

    // The node's clock is this machine's.
    private void Count(ReadOnlySpan<byte> message)
    {
        var item = message.IndexOf(ItemMember);
        if (item >= 0 && Utf8Parser.TryParse(message[(item + ItemMember.Length)..], out long sent, out _))
        {
            Delays.Record(Stopwatch.GetElapsedTime(sent));
            Interlocked.Increment(ref _events);
        }
    }
}
