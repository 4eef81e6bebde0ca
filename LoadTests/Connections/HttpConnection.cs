using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;

namespace LoadTests.Connections;

/// <summary>An established connection: two pipes, and a transport between them and the network.</summary>
internal sealed class HttpConnection : DefaultConnectionContext, IConnectionInherentKeepAliveFeature
{
    // One megabyte may wait on either side, as in the official client.
    private static readonly PipeOptions PipeOptions =
        new(pauseWriterThreshold: 1024 * 1024, resumeWriterThreshold: 512 * 1024, useSynchronizationContext: false);

    private readonly CancellationTokenSource _abort = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly StatefulReconnect? _stateful;
    private readonly Func<CancellationToken, Task<HttpTransport>> _dialAgain;
    private readonly ILogger _logger;
    private readonly Task _running;
    private volatile ConnectionAbortedException? _abortReason;
    private volatile DuplexPipe _application;
    private volatile bool _stopping;

    /// <param name="identity">The connection's names.</param>
    /// <param name="transport">Connected already.</param>
    /// <param name="dialAgain">Connects another transport under the same id.</param>
    /// <param name="resumable">Whether the server keeps the connection while its socket is lost.</param>
    /// <param name="logger">The factory's.</param>
    public HttpConnection(
        ConnectionIdentity identity, HttpTransport transport, Func<CancellationToken, Task<HttpTransport>> dialAgain, bool resumable, ILogger logger)
        : base(identity.ConnectionId!) // null without a negotiate, and so for HubConnection.ConnectionId, as in the official client
    {
        _dialAgain = dialAgain;
        _logger = logger;
        HasInherentKeepAlive = transport.HasInherentKeepAlive;
        var received = new Pipe(PipeOptions);
        var sent = new Pipe(PipeOptions);
        Transport = new DuplexPipe(received.Reader, sent.Writer);
        _application = new DuplexPipe(sent.Reader, received.Writer);
        ConnectionClosed = _closed.Token;
        Features.Set<IConnectionInherentKeepAliveFeature>(this);
        if (resumable)
        {
            _stateful = new StatefulReconnect();
            _stateful.AddTo(Features);
        }

        _running = RunAsync(transport);
    }

    public bool HasInherentKeepAlive { get; }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        _abortReason ??= abortReason;
        _stopping = true;
        _abort.Cancel();
    }

    /// <summary>Sends what was written, says goodbye to the server and ends.</summary>
    public override async ValueTask DisposeAsync()
    {
        _stopping = true;
        _application.Input.CancelPendingRead();
        _application.Output.CancelPendingFlush();
        await _running;
        await Transport.Input.CompleteAsync();
        await Transport.Output.CompleteAsync();
        await base.DisposeAsync();
        _abort.Dispose();
        _closed.Dispose();
    }

    private async Task RunAsync(HttpTransport transport)
    {
        Exception? error = null;
        try
        {
            await RunUntilEndAsync(transport);
        }
        catch (Exception caught)
        {
            error = _abortReason ?? caught;
            HttpConnectionLog.Failed(_logger, ConnectionId, error);
        }

        await _application.Output.CompleteAsync(error);
        await _application.Input.CompleteAsync(error);
        await _closed.CancelAsync();
    }

    private async Task RunUntilEndAsync(HttpTransport transport)
    {
        var resumed = Task.CompletedTask;
        while (true)
        {
            try
            {
                using (transport)
                {
                    await transport.RunAsync(_application, _abort.Token);
                    return;
                }
            }
            catch (Exception error) when (_stateful is { Enabled: true } && !_stopping)
            {
                HttpConnectionLog.Resuming(_logger, ConnectionId, error);
            }

            await resumed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            transport = await _dialAgain(_abort.Token);
            resumed = ResumeAsync();
        }
    }

    private async Task ResumeAsync()
    {
        // What was written for the old socket is dropped: the application sends again what the server has not acknowledged.
        var sent = new Pipe(PipeOptions);
        var lost = _application.Input;
        _application = new DuplexPipe(sent.Reader, _application.Output);
        Transport = new DuplexPipe(Transport.Input, sent.Writer);
        await lost.CompleteAsync(new ConnectionResetException("The connection goes on over another socket."));
        try
        {
            await _stateful!.NotifyAsync(sent.Writer);
        }
        catch (Exception error)
        {
            Abort(new ConnectionAbortedException("The application could not resume the connection.", error));
        }
    }
}
