using System.Threading.Channels;
using LoadTests.Connections;
using LoadTests.Engine;
using Microsoft.AspNetCore.SignalR.Client;

namespace LoadTests.Scenarios;

/// <summary>A unit is one poll that brings one message: a call of the hub's <c>Echo</c> on a connection that waits for nothing else.</summary>
/// <remarks>A connection has one unit at a time, else a poll would bring several messages. A unit that finds no free connection waits, and that
/// counts.</remarks>
internal sealed class LongPollScenario(HubClients clients, LoadSettings settings, ConnectionTrace trace) : IScenario
{
    private readonly string _text = new('x', settings.MessageSize);
    private readonly Channel<HubConnection> _free = Channel.CreateUnbounded<HubConnection>();
    private int _pollsBefore;
    private int _messages;

    public ScenarioSettings Heeds => ScenarioSettings.Hub | ScenarioSettings.Connections | ScenarioSettings.Units | ScenarioSettings.Message;

    public int ConnectionsLost => clients.Lost;

    public int? ConnectionsOpen => clients.Open;

    private int Polls => trace.Count(HttpRequestKind.Poll, 200);

    public async Task SetUpAsync(CancellationToken cancellationToken)
    {
        await clients.OpenAsync(cancellationToken);
        for (var number = 0; number < settings.Connections; number++)
        {
            _free.Writer.TryWrite(clients.For(number));
        }
    }

    public void BeginMeasuring()
    {
        _pollsBefore = Polls;
        Volatile.Write(ref _messages, 0);
    }

    public async Task RunUnitAsync(long number, CancellationToken cancellationToken)
    {
        var connection = await _free.Reader.ReadAsync(cancellationToken);
        try
        {
            var answer = await connection.InvokeAsync<string>("Echo", _text, cancellationToken);
            if (!string.Equals(answer, _text, StringComparison.Ordinal))
            {
                throw new InvalidOperationException("The echo is not what was sent.");
            }

            Interlocked.Increment(ref _messages);
        }
        finally
        {
            _free.Writer.TryWrite(connection);
        }
    }

    public IEnumerable<Figure> Figures()
    {
        var messages = Volatile.Read(ref _messages);
        return [.. clients.Figures(), new("polls per message", messages == 0 ? 0 : (double)(Polls - _pollsBefore) / messages)];
    }

    public ValueTask DisposeAsync() => clients.DisposeAsync();
}
