using System.Buffers;
using System.IO.Pipelines;

namespace LoadTests.Connections;

/// <summary>Carries the bytes of one connection. Used once.</summary>
internal abstract class HttpTransport : IDisposable
{
    /// <summary>Whether the server tells by itself that it is alive, as a poll that returns does; then nobody need ping.</summary>
    public virtual bool HasInherentKeepAlive => false;

    /// <summary>The server ended the connection, or it broke: there is nobody left to say goodbye to.</summary>
    protected bool ServerEnded { get; set; }

    protected abstract TimeSpan CloseTimeout { get; }

    protected abstract TimeProvider TimeProvider { get; }

    /// <summary>Opens the connection; throws when the server refuses.</summary>
    public abstract Task ConnectAsync(CancellationToken cancellationToken);

    /// <summary>Moves bytes both ways until the application's reading is cancelled or completed, or the server ends; then closes.</summary>
    /// <remarks>Returns after a clean end by either side, throws after any other. What the application wrote before it stopped is sent first.</remarks>
    public async Task RunAsync(IDuplexPipe application, CancellationToken abort)
    {
        using var stopReceiving = CancellationTokenSource.CreateLinkedTokenSource(abort);
        using var stopSending = CancellationTokenSource.CreateLinkedTokenSource(abort);
        var receiving = ReceiveUntilEndAsync(application.Output, stopReceiving.Token);
        var sending = SendAllAsync(application.Input, stopSending.Token);
        await Task.WhenAny(receiving, sending);

        // A send that hangs may not keep the connection from ending.
        application.Input.CancelPendingRead();
        using (TimeProvider.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), stopSending, CloseTimeout, Timeout.InfiniteTimeSpan))
        {
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (sending.IsCompletedSuccessfully && !ServerEnded)
        {
            await CloseAsync(receiving, stopReceiving, abort);
        }

        await stopReceiving.CancelAsync();
        await receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // What was received tells more than a send that failed for the same cause.
        if (receiving.IsFaulted || abort.IsCancellationRequested)
        {
            await receiving;
        }

        if (!ServerEnded)
        {
            await sending;
        }
    }

    /// <summary>Lets go of the socket; after it has run, or in place of running.</summary>
    public abstract void Dispose();

    /// <summary>Receives until the server ends or the application no longer reads.</summary>
    protected abstract Task ReceiveAsync(PipeWriter output, CancellationToken cancellationToken);

    protected abstract Task SendAsync(ReadOnlySequence<byte> messages, CancellationToken cancellationToken);

    /// <summary>Says goodbye to a server that has not ended the connection.</summary>
    protected abstract Task CloseAsync(Task receiving, CancellationTokenSource stopReceiving, CancellationToken cancellationToken);

    private async Task ReceiveUntilEndAsync(PipeWriter output, CancellationToken cancellationToken)
    {
        try
        {
            await ReceiveAsync(output, cancellationToken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            ServerEnded = true;
            throw;
        }
    }

    private async Task SendAllAsync(PipeReader input, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken);
            try
            {
                if (!result.Buffer.IsEmpty && !ServerEnded)
                {
                    await SendAsync(result.Buffer, cancellationToken);
                }
            }
            finally
            {
                input.AdvanceTo(result.Buffer.End);
            }

            if (result.IsCanceled || result.IsCompleted)
            {
                return;
            }
        }
    }
}
