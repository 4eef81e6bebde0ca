using System.Collections.Concurrent;
using Microsoft.AspNetCore.SignalR;

namespace EndToEndTests.Backplane;

/// <summary>Sends messages until it is disposed of: one at a time, in turn to all and to a group.</summary>
internal sealed class LoadSender(BackplaneClient client, string group) : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentQueue<SentMessage> _accepted = new();
    private readonly string _name = Guid.NewGuid().ToString("N");
    private volatile bool _isStopping;
    private volatile int _next;
    private volatile int _failures;

    public BackplaneClient Client => client;

    /// <summary>What the hub has sent on without an error.</summary>
    public IEnumerable<SentMessage> Accepted => _accepted;

    /// <summary>The number of the next message; those before it may be under way.</summary>
    public int Next => _next;

    /// <summary>Messages that the hub could not send on.</summary>
    public int Failures => _failures;

    /// <summary>Ends without an exception unless the connection does.</summary>
    public async Task RunAsync()
    {
        using var pace = new PeriodicTimer(Period);
        while (!_isStopping && await pace.WaitForNextTickAsync())
        {
            var number = _next++;
            var message = new SentMessage(number, $"{_name}-{number}", IsForGroup: number % 2 == 1);
            try
            {
                await (message.IsForGroup ? client.SendToGroupAsync(group, message.Text) : client.SendAsync(message.Text));
                _accepted.Enqueue(message);
            }
            catch (HubException)
            {
                _failures++;
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        _isStopping = true;
        return ValueTask.CompletedTask;
    }
}
