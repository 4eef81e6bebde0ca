using EventLoops;

namespace Proxy.Forwarding.Senders;

/// <summary>A chunked body whose client may not send much around its bytes: Kestrel passes over chunk extensions of any length and number.</summary>
/// <remarks>
/// What the client has sent is counted on its connection, and so includes the framing of TLS and what of the body waits to be read. Both are covered by the
/// allowance: one read takes 64 KiB where so much waits. The count is known for connections on event loops; others have no limit.
/// </remarks>
internal sealed class ChunkedBody : BodyStream
{
    /// <summary>Bytes that are allowed whatever the body has.</summary>
    private const long Allowance = 128 * 1024;

    /// <summary>Bytes that are allowed for each byte of the body. A chunk of one byte takes 6, and 35 in a TLS record of its own.</summary>
    private const long AllowancePerByte = 64;

    private readonly Stream _body;
    private readonly IReceivedBytes _connection;
    private readonly long _start;
    private long _read;

    private ChunkedBody(Stream body, IReceivedBytes connection)
    {
        _body = body;
        _connection = connection;
        _start = connection.BytesReceived;
    }

    /// <summary>Puts the limit on the body of a request, where it is chunked and the bytes of its connection are counted.</summary>
    public static void Limit(HttpContext context)
    {
        if (context.Request.Headers.TransferEncoding.Count > 0 && context.Request.Body is not ChunkedBody
            && context.Features.Get<IReceivedBytes>() is { } connection)
        {
            context.Request.Body = new ChunkedBody(context.Request.Body, connection);
        }
    }

    /// <exception cref="BadHttpRequestException">The client has sent too much that is not body.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await _body.ReadAsync(buffer, cancellationToken);
        _read += count;
        return _connection.BytesReceived - _start <= Allowance + (_read * AllowancePerByte)
            ? count
            : throw new BadHttpRequestException("The chunks of the body have too much around them.");
    }
}
