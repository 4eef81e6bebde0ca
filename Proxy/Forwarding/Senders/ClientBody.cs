using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Proxy.Forwarding.Senders;

/// <summary>A body with a length that is still coming over HTTP/1.1, whose reading can be given up.</summary>
/// <remarks>
/// Kestrel takes a read that was cancelled by its token for one that goes on, and logs an error when it drains the rest of the body for the next request. A
/// pending read that is woken up and ended as usual leaves it in order.
/// </remarks>
internal sealed class ClientBody : BodyStream
{
    private readonly PipeReader _reader;

    private ClientBody(PipeReader reader)
    {
        _reader = reader;
    }

    /// <summary>Puts itself in front of such a body.</summary>
    public static void Guard(HttpContext context)
    {
        if (context.Request.ContentLength is > 0 && HttpProtocol.IsHttp11(context.Request.Protocol) && context.Request.Body is not ClientBody)
        {
            context.Request.Body = new ClientBody(context.Request.BodyReader);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var read = _reader.ReadAsync(CancellationToken.None);
        ReadResult result;
        if (read.IsCompleted)
        {
            result = await read;
        }
        else
        {
            using var wake = cancellationToken.UnsafeRegister(static reader => ((PipeReader)reader!).CancelPendingRead(), _reader);
            result = await read;
        }

        if (result.IsCanceled)
        {
            _reader.AdvanceTo(result.Buffer.Start);
            throw new OperationCanceledException(cancellationToken);
        }

        var count = (int)Math.Min(result.Buffer.Length, buffer.Length);
        var taken = result.Buffer.Slice(0, count);
        taken.CopyTo(buffer.Span);
        _reader.AdvanceTo(taken.End);
        return count;
    }
}
