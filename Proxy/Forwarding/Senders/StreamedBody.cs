using System.Net;
using Microsoft.AspNetCore.Http.Features;

namespace Proxy.Forwarding.Senders;

/// <summary>A request body that goes to the node as it comes: the head at once, then each piece.</summary>
/// <remarks>
/// HttpClient sends the head with the body's first 4 KiB or its end, and so holds back small pieces until then. A body that is complete when the request is
/// sent needs nothing but that, and takes no part in this.
/// </remarks>
internal sealed class StreamedBody : HttpContent
{
    private readonly HttpContent _body;

    private StreamedBody(HttpContent body)
    {
        _body = body;
        foreach (var (name, values) in body.Headers.NonValidated)
        {
            Headers.TryAddWithoutValidation(name, (IEnumerable<string>)values);
        }
    }

    /// <summary>What sends the request: the client itself, or something in front of it that lets the body through piece by piece.</summary>
    /// <param name="context">The request.</param>
    /// <param name="client">The client for the node.</param>
    public static HttpMessageInvoker Carrier(HttpContext context, HttpMessageInvoker client)
    {
        if (!IsStillComing(context))
        {
            return client;
        }

        ClientBody.Guard(context);
        ChunkedBody.Limit(context);
        return new Invoker(client);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.FlushAsync(cancellationToken); // the head
        await using var pieces = new FlushingStream(stream);
        await _body.CopyToAsync(pieces, context, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false; // a length that is known is among the fields
    }

    private static bool IsStillComing(HttpContext context)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true })
        {
            return false;
        }

        try
        {
            var body = context.Request.BodyReader;
            if (!body.TryRead(out var arrived))
            {
                return true;
            }

            var isThere = arrived.IsCompleted || arrived.Buffer.Length >= context.Request.ContentLength;
            body.AdvanceTo(arrived.Buffer.Start);
            return !isThere;
        }
        catch (IOException)
        {
            return true; // the client has failed, which the forwarder will find out as well
        }
    }

    private sealed class Invoker(HttpMessageInvoker client) : HttpMessageInvoker(new Unused(), disposeHandler: false)
    {
        public override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new NotSupportedException("YARP sends without blocking.");

        public override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Content is { } body)
            {
                request.Content = new StreamedBody(body);
            }

            return client.SendAsync(request, cancellationToken);
        }
    }

    private sealed class Unused : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new NotSupportedException("The invoker sends by another one.");
    }
}
