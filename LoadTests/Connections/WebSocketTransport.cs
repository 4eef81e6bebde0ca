using System.Buffers;
using System.IO.Pipelines;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Connections;

namespace LoadTests.Connections;

internal sealed class WebSocketTransport(HubHttpClient http, HttpTransportOptions options, ConnectionIdentity identity, TransferFormat format, bool resumable)
    : HttpTransport
{
    private readonly WebSocketMessageType _messageType = format == TransferFormat.Binary ? WebSocketMessageType.Binary : WebSocketMessageType.Text;
    private readonly ClientWebSocket _socket = new();

    // Where another socket may go on, half a message of this one may not reach the application.
    private readonly ArrayBufferWriter<byte>? _message = resumable ? new() : null;

    protected override TimeSpan CloseTimeout => options.CloseTimeout;

    protected override TimeProvider TimeProvider => options.TimeProvider;

    public override async Task ConnectAsync(CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(options.RequestTimeout, options.TimeProvider, cancellationToken);
        _socket.Options.KeepAliveInterval = TimeSpan.Zero; // the hub protocol has pings of its own
        if (identity.AccessToken is not null)
        {
            _socket.Options.SetRequestHeader("Authorization", "Bearer " + identity.AccessToken);
        }

        options.ConfigureWebSocket?.Invoke(_socket.Options);
        try
        {
            await _socket.ConnectAsync(HubUrl.ToWebSocket(identity.Url), http.WebSockets, deadline.Token);
        }
        catch (Exception error) when (deadline.Expired)
        {
            throw deadline.Failure(HttpRequestKind.WebSocket, error);
        }
    }

    public override void Dispose() => _socket.Dispose();

    protected override async Task ReceiveAsync(PipeWriter output, CancellationToken cancellationToken)
    {
        while (true)
        {
            // An empty read waits without a buffer: thousands of idle connections hold none.
            var waited = await _socket.ReceiveAsync(Memory<byte>.Empty, cancellationToken);
            var closed = waited.MessageType == WebSocketMessageType.Close || await ReceiveSomeAsync(output, cancellationToken);
            if (closed)
            {
                await EndAsync(cancellationToken);
                return;
            }

            var flushed = await output.FlushAsync(cancellationToken);
            if (flushed.IsCompleted || flushed.IsCanceled)
            {
                return;
            }
        }
    }

    protected override async Task SendAsync(ReadOnlySequence<byte> messages, CancellationToken cancellationToken)
    {
        var position = messages.Start;
        while (messages.TryGet(ref position, out var segment))
        {
            var last = position.GetObject() is null;
            await _socket.SendAsync(segment, _messageType, endOfMessage: last, cancellationToken);
        }
    }

    protected override async Task CloseAsync(Task receiving, CancellationTokenSource stopReceiving, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(CloseTimeout, TimeProvider, cancellationToken);
        try
        {
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, statusDescription: null, deadline.Token);
            if (receiving.IsCompleted)
            {
                // The application stopped reading first: what still comes is dropped up to the server's close frame.
                await _socket.CloseAsync(WebSocketCloseStatus.NormalClosure, statusDescription: null, deadline.Token);
            }
            else
            {
                await receiving.WaitAsync(deadline.Token);
            }
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException)
        {
            _socket.Abort(); // a server that does not answer the close is left
        }
    }

    private async ValueTask<bool> ReceiveSomeAsync(PipeWriter output, CancellationToken cancellationToken)
    {
        var target = (IBufferWriter<byte>?)_message ?? output;
        var received = await _socket.ReceiveAsync(target.GetMemory(), cancellationToken);
        target.Advance(received.Count);
        if (_message is not null && received.EndOfMessage)
        {
            output.Write(_message.WrittenSpan);
            _message.ResetWrittenCount();
        }

        return received.MessageType == WebSocketMessageType.Close;
    }

    private async Task EndAsync(CancellationToken cancellationToken)
    {
        ServerEnded = true;
        var status = _socket.CloseStatus;
        var description = _socket.CloseStatusDescription;
        if (_socket.State == WebSocketState.CloseReceived)
        {
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, statusDescription: null, cancellationToken);
        }

        if (status is not WebSocketCloseStatus.NormalClosure)
        {
            throw new ConnectionAbortedException($"The server closed the WebSocket with status {(int?)status} ({status}) {description}".TrimEnd() + ".");
        }
    }
}
