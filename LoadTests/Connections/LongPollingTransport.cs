using System.IO.Pipelines;
using System.Net;

namespace LoadTests.Connections;

internal sealed class LongPollingTransport(HubHttpClient http, HttpTransportOptions options, ConnectionIdentity identity)
    : PostingTransport(http, options, identity)
{
    public override bool HasInherentKeepAlive => true;

    public override async Task ConnectAsync(CancellationToken cancellationToken)
    {
        // The first poll returns at once and without data; with it the server starts the connection.
        using var response = await Http.SendWithinLimitAsync(HttpRequestKind.Poll, Identity.Url, Identity.AccessToken, content: null, cancellationToken);
        await response.Content.CopyToAsync(Stream.Null, cancellationToken);
    }

    public override void Dispose()
    {
        // Each poll lets go of its own answer.
    }

    protected override async Task ReceiveAsync(PipeWriter output, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var response = await PollAsync(cancellationToken);
            if (response?.StatusCode == HttpStatusCode.NoContent)
            {
                ServerEnded = true;
                return;
            }

            if (response is not null && !await CopyAsync(response.Content, output, cancellationToken))
            {
                return;
            }
        }
    }

    protected override async Task CloseAsync(Task receiving, CancellationTokenSource stopReceiving, CancellationToken cancellationToken)
    {
        // In the order of the official clients: the poll is given up, then the connection.
        await stopReceiving.CancelAsync();
        await receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var deadline = new Deadline(CloseTimeout, TimeProvider, cancellationToken);
        try
        {
            using var response = await Http.SendAsync(HttpRequestKind.Delete, Identity.Url, Identity.AccessToken, content: null, deadline.Token);
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            // The server forgets the connection by itself; the trace has the failure.
        }
    }

    // False when the application no longer reads; Stream.CopyToAsync would throw then.
    private static async Task<bool> CopyAsync(HttpContent content, PipeWriter output, CancellationToken cancellationToken)
    {
        await using var body = await content.ReadAsStreamAsync(cancellationToken);
        while (await body.ReadAsync(output.GetMemory(), cancellationToken) is var count and > 0)
        {
            output.Advance(count);
            var flushed = await output.FlushAsync(cancellationToken);
            if (flushed.IsCompleted || flushed.IsCanceled)
            {
                return false;
            }
        }

        return true;
    }

    private async Task<HttpResponseMessage?> PollAsync(CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(Options.PollTimeout, TimeProvider, cancellationToken);
        try
        {
            return await Http.SendAsync(HttpRequestKind.Poll, Identity.Url, Identity.AccessToken, content: null, deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.Expired)
        {
            return null;
        }
    }
}
