using System.Buffers;
using System.IO.Pipelines;
using System.Net.ServerSentEvents;

namespace LoadTests.Connections;

internal sealed class ServerSentEventsTransport(HubHttpClient http, HttpTransportOptions options, ConnectionIdentity identity)
    : PostingTransport(http, options, identity)
{
    private HttpResponseMessage? _response;

    public override async Task ConnectAsync(CancellationToken cancellationToken) => _response = await Http.SendWithinLimitAsync(
        HttpRequestKind.ServerSentEvents, Identity.Url, Identity.AccessToken, content: null, cancellationToken);

    public override void Dispose() => _response?.Dispose();

    protected override async Task ReceiveAsync(PipeWriter output, CancellationToken cancellationToken)
    {
        await using var stream = await _response!.Content.ReadAsStreamAsync(cancellationToken);
        var events = SseParser.Create(stream, (_, data) =>
        {
            output.Write(data);
            return data.Length;
        });
        await foreach (var _ in events.EnumerateAsync(cancellationToken))
        {
            var flushed = await output.FlushAsync(cancellationToken);
            if (flushed.IsCompleted || flushed.IsCanceled)
            {
                return;
            }
        }

        ServerEnded = true;
    }

    // There is no request for it: the client drops the stream.
    protected override Task CloseAsync(Task receiving, CancellationTokenSource stopReceiving, CancellationToken cancellationToken) => Task.CompletedTask;
}
