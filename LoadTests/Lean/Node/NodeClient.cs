using System.Buffers;
using System.Globalization;
using System.Text;

namespace LoadTests.Lean.Node;

/// <summary>One hub connection on a node: what it is told goes out by its transport.</summary>
internal sealed class NodeClient(NodeClients clients, string token)
{
    private static readonly byte[] IdMember = "\"invocationId\":\""u8.ToArray();
    private static readonly byte[] ArgumentsMember = "\"arguments\":["u8.ToArray();

    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _pending = new(256); // long polling: until the next poll
    private TaskCompletionSource? _poll;
    private NodeTransport? _transport;
    private bool _polled;
    private volatile bool _isOpen;

    public string Token { get; } = token;

    /// <summary>What carries the messages from now on; none while it is long polling.</summary>
    public void Use(NodeTransport transport) => _transport = transport;

    public void Remove()
    {
        clients.Remove(this);
        lock (_gate)
        {
            _poll?.TrySetResult();
        }
    }

    /// <summary>Heeds one message without its separator.</summary>
    public void Receive(ReadOnlySpan<byte> message)
    {
        if (message.StartsWith("{\"protocol\":"u8))
        {
            Send("{}"u8);
            _isOpen = true;
        }
        else if (message.StartsWith("{\"type\":1,"u8))
        {
            Complete(message);
        }
        else if (message.StartsWith("{\"type\":4,"u8))
        {
            clients.Tick(this);
        }
    }

    public void SendTick(long timestamp) =>
        Send(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"type":2,"invocationId":"1","item":{{timestamp}}}""")));

    /// <summary>Tells a client whose handshake is done that the node is alive.</summary>
    public void Ping()
    {
        if (_isOpen)
        {
            Send("""{"type":6}"""u8);
        }
    }

    /// <summary>Sends one message, which gets its separator here.</summary>
    public void Send(ReadOnlySpan<byte> message) => Send(message, default, default);

    /// <summary>Waits for messages, as a poll does; the first poll is answered at once.</summary>
    public async ValueTask<byte[]> PollAsync()
    {
        TaskCompletionSource? poll = null;
        lock (_gate)
        {
            if (_polled && _pending.WrittenCount == 0)
            {
                poll = _poll = new TaskCompletionSource();
            }

            _polled = true;
        }

        await (poll?.Task ?? Task.CompletedTask);
        lock (_gate)
        {
            var messages = _pending.WrittenSpan.ToArray();
            _pending.ResetWrittenCount();
            return messages;
        }
    }

    private void Complete(ReadOnlySpan<byte> call)
    {
        var id = call[(call.IndexOf(IdMember) + IdMember.Length)..];
        id = id[..id.IndexOf((byte)'"')];
        var result = call[(call.IndexOf(ArgumentsMember) + ArgumentsMember.Length)..^2]; // ]}
        Span<byte> head = stackalloc byte[64 + id.Length];
        "{\"type\":3,\"invocationId\":\""u8.CopyTo(head);
        id.CopyTo(head[26..]);
        "\",\"result\":"u8.CopyTo(head[(26 + id.Length)..]);
        Send(head[..(26 + id.Length + 11)], result, "}"u8);
    }

    private void Send(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body, ReadOnlySpan<byte> tail)
    {
        if (_transport is { } transport)
        {
            transport.Send(head, body, tail);
            return;
        }

        TaskCompletionSource? poll;
        lock (_gate)
        {
            _pending.Write(head);
            _pending.Write(body);
            _pending.Write(tail);
            _pending.Write([HubRecords.Separator]);
            (poll, _poll) = (_poll, null);
        }

        poll?.TrySetResult();
    }
}
