
namespace LoadTests.Lean;

/// <summary>A hub connection over server-sent events.</summary>
internal sealed class LeanEventStream(LeanTarget target, LeanHubClient client, string token) : ILeanTransport
{
    private const string Accept = "Accept: text/event-stream\r\nCache-Control: no-cache\r\n";
    private const int EventStart = 6; // "data: "

    private readonly LeanHttpConnection _events = new(target);
    private readonly LeanPosts _posts = new(target, client, token);

    /// <summary>Gets each message, without its separator, before it is counted.</summary>
    public Action<ReadOnlySpan<byte>>? OnMessage { get; set; }

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        var head = await _events.BeginAsync(client.RequestWithId("GET", token, headers: Accept), cancellationToken);
        LeanHubClient.Expect(head, 200);
        await this.ShakeHandsAsync(cancellationToken);
    }

    public byte[] Prepare(string message) => _posts.Prepare(message);

    public ValueTask SendAsync(ReadOnlyMemory<byte> prepared, CancellationToken cancellationToken = default) => _posts.SendAsync(prepared, cancellationToken);

    public async ValueTask<bool> ReceiveAsync(Action<byte> onMessage, CancellationToken cancellationToken = default)
    {
        if (!await _events.ReadPartAsync(cancellationToken))
        {
            return false;
        }

        _events.UseBody(Tell(_events.Body.Span, onMessage));
        return true;
    }

    // Closing the stream is how a client ends it.
    public Task CloseAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _events.Dispose();
        _posts.Dispose();
    }

    // An event is "data: {message}\u001e\r\n\r\n"; what is between two events is ignored, be it empty lines or comments.
    private int Tell(ReadOnlySpan<byte> body, Action<byte> onMessage)
    {
        var used = 0;
        while (body[used..].IndexOf(HubRecords.Separator) is >= 0 and var length)
        {
            var part = body.Slice(used, length);
            var message = part[(part.IndexOf("data: "u8) + EventStart)..];
            OnMessage?.Invoke(message);
            onMessage(HubRecords.TypeOf(message));
            used += length + 1;
        }

        return used;
    }
}
