namespace LoadTests.Lean;

/// <summary>A hub connection over long polling.</summary>
internal sealed class LeanLongPolling(LeanTarget target, LeanHubClient client, string token) : ILeanTransport
{
    private readonly LeanHttpConnection _polls = new(target);
    private readonly LeanPosts _posts = new(target, client, token);
    private readonly byte[] _poll = client.RequestWithId("GET", token);

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await ReceiveAsync(static _ => { }, cancellationToken); // the first poll is answered at once, and empty
        await this.ShakeHandsAsync(cancellationToken);
    }

    public byte[] Prepare(string message) => _posts.Prepare(message);

    public ValueTask SendAsync(ReadOnlyMemory<byte> prepared, CancellationToken cancellationToken = default) => _posts.SendAsync(prepared, cancellationToken);

    public async ValueTask<bool> ReceiveAsync(Action<byte> onMessage, CancellationToken cancellationToken = default)
    {
        var head = await _polls.ExchangeAsync(_poll, cancellationToken);
        if (head.Status == 204)
        {
            return false; // the server's way to end it
        }

        LeanHubClient.Expect(head, 200);
        Tell(_polls.Body.Span, onMessage);
        return true;
    }

    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        await _posts.SendAsync(client.RequestWithId("DELETE", token), cancellationToken);
        Dispose();
    }

    public void Dispose()
    {
        _polls.Dispose();
        _posts.Dispose();
    }

    private static void Tell(ReadOnlySpan<byte> body, Action<byte> onMessage)
    {
        while (body.IndexOf(HubRecords.Separator) is >= 0 and var length)
        {
            onMessage(HubRecords.TypeOf(body[..length]));
            body = body[(length + 1)..];
        }
    }
}
