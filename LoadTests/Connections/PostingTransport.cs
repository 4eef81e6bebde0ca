using System.Buffers;

namespace LoadTests.Connections;

/// <summary>What server-sent events and long polling share: they send by POST.</summary>
internal abstract class PostingTransport(HubHttpClient http, HttpTransportOptions options, ConnectionIdentity identity) : HttpTransport
{
    protected override TimeSpan CloseTimeout => Options.CloseTimeout;

    protected override TimeProvider TimeProvider => Options.TimeProvider;

    protected HubHttpClient Http { get; } = http;

    protected HttpTransportOptions Options { get; } = options;

    protected ConnectionIdentity Identity { get; } = identity;

    protected override async Task SendAsync(ReadOnlySequence<byte> messages, CancellationToken cancellationToken)
    {
        using var content = new ReadOnlyMemoryContent(messages.IsSingleSegment ? messages.First : messages.ToArray());
        using var response = await Http.SendWithinLimitAsync(HttpRequestKind.Send, Identity.Url, Identity.AccessToken, content, cancellationToken);

        // Read to its end, or the TCP connection could not be used again.
        await response.Content.CopyToAsync(Stream.Null, cancellationToken);
    }
}
