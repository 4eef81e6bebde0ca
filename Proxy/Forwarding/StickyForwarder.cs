using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.Net.Http.Headers;
using Polly;
using Polly.Retry;
using Polly.Timeout;
using Proxy.Clusters;
using Proxy.Configuration;
using Proxy.Decisions;
using Proxy.Forwarding.Tunnels;
using Proxy.Outcomes;
using Proxy.Requests;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Forwarding;

/// <summary>Sends a routed request through YARP's forwarder: time limits by transport, another node for what may be repeated, the reason for what fails.</summary>
/// <remarks>What every request with an id passes through takes its state machines from a pool: they would be most of what the gateway allocates for it.</remarks>
internal sealed partial class StickyForwarder : IHttpForwarder
{
    private static readonly ResiliencePropertyKey<TimeSpan> Deadline = new("negotiate-deadline");

    private readonly IHttpForwarder _inner;
    private readonly Elsewhere _elsewhere;
    private readonly NegotiateGate _gate;
    private readonly NodeOperations _operations;
    private readonly RequestFollower _follower;
    private readonly WebSocketSender _webSockets;
    private readonly Refusals _refusals;
    private readonly DecisionRecorder _recorder;
    private readonly TimeProvider _time;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILogger _logger;
    private readonly ResiliencePipeline<bool> _retry;

    public StickyForwarder(
        IHttpForwarder inner, Elsewhere elsewhere, NegotiateGate gate, NodeOperations operations, RequestFollower follower, WebSocketSender webSockets, Refusals refusals,
        DecisionRecorder recorder, TimeProvider time,
        IHostApplicationLifetime lifetime, ILogger<StickyForwarder> logger)
    {
        _inner = inner;
        _elsewhere = elsewhere;
        _gate = gate;
        _operations = operations;
        _follower = follower;
        _webSockets = webSockets;
        _refusals = refusals;
        _recorder = recorder;
        _time = time;
        _lifetime = lifetime;
        _logger = logger;
        _retry = new ResiliencePipelineBuilder<bool> { TimeProvider = time }
            .AddTimeout(new TimeoutStrategyOptions
            {
                // All attempts together; none where there is no deadline. Time that runs out under an open tunnel ends nothing: AttemptLimit.
                TimeoutGenerator = static arguments => new(arguments.Context.Properties.GetValue(Deadline, TimeSpan.Zero)),
            })
            .AddRetry(new RetryStrategyOptions<bool>
            {
                // An attempt gives true when the request has a next node to go to.
                ShouldHandle = static arguments => new(arguments.Outcome.Result),
                MaxRetryAttempts = RetryRules.MostTries - 1,
                Delay = TimeSpan.Zero,
            })
            .Build();
    }

    public ValueTask<ForwarderError> SendAsync(
        HttpContext context, string destinationPrefix, HttpMessageInvoker httpClient, ForwarderRequestConfig requestConfig, HttpTransformer transformer) =>
        SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, CancellationToken.None);

    public ValueTask<ForwarderError> SendAsync(
        HttpContext context, string destinationPrefix, HttpMessageInvoker httpClient, ForwarderRequestConfig requestConfig, HttpTransformer transformer,
        CancellationToken cancellationToken)
    {
        if (context.Features.Get<RoutedRequest>() is not { } routed)
        {
            return _inner.SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, cancellationToken);
        }

        if (routed.Request.Transport is not Transport.WebSockets)
        {
            // YARP 2.1.0 forwards upgrades to SPDY too, and would turn a POST that asks for WebSocket into a GET.
            context.Request.Headers.Remove(HeaderNames.Upgrade);
        }

        var sending = new Sending(context, routed, httpClient, requestConfig, transformer);
        return RetryRules.HasDeadline(context, routed.Request) || RetryRules.IsMovable(context, routed.Request)
            ? SendElsewhereTooAsync(sending)
            : routed.Request switch
            {
                { Transport: Transport.LongPolling, Profile: ProtocolProfile.SignalR } => SendPollAsync(sending),
                { Transport: Transport.ServerSentEvents } => SendStreamAsync(sending),
                _ => SendOnceAsync(sending),
            };
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ForwarderError> SendOnceAsync(Sending sending)
    {
        var silent = sending.Routed.Node.State.Silent.Token;
        var error = await AttemptAsync(sending, silent);
        if (error is not ForwarderError.None)
        {
            await ReportAsync(sending, error, timedOut: silent.IsCancellationRequested);
        }

        return error;
    }

    // A poll can be given up while its node has not answered. A gateway that stops answers it like a poll that ran out of time: the client polls
    // again, the next gateway finds the owner by the tag, and the connection goes on; aborting the poll would end it. A client that has to move
    // gets 204, which says that the connection is over.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ForwarderError> SendPollAsync(Sending sending)
    {
        using var limit = new AttemptLimit(_time, remaining: null, _lifetime.ApplicationStopping);
        sending.Routed.Limit = limit;
        var error = await AttemptAsync(sending, limit.Token);
        sending.Routed.Limit = null;
        if (error is ForwarderError.None)
        {
            return error;
        }

        if (!limit.Token.IsCancellationRequested || sending.Context.Response.HasStarted || sending.Context.RequestAborted.IsCancellationRequested)
        {
            await ReportAsync(sending, error, timedOut: false);
            return error;
        }

        sending.Reset();
        if (limit.IsMoving)
        {
            sending.Context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        else
        {
            sending.Context.Response.ContentLength = 0;
        }

        sending.Context.Response.Headers.CacheControl = "no-cache, no-store";
        return ForwarderError.None;
    }

    // The forwarder's own time limit would count for the whole stream; the relay has one of its own from the answer on.
    private async ValueTask<ForwarderError> SendStreamAsync(Sending sending)
    {
        using var limit = new AttemptLimit(_time, sending.Routed.Snapshot.Options.Timeouts.Stream, CancellationToken.None);
        sending.Routed.Limit = limit;
        var error = await AttemptAsync(sending, limit.Token);
        sending.Routed.Limit = null;
        if (error is not ForwarderError.None)
        {
            await ReportAsync(sending, error, limit.TimedOut);
        }

        return error;
    }

    private async ValueTask<ForwarderError> SendElsewhereTooAsync(Sending sending)
    {
        var routed = sending.Routed;
        var isRepeatable = RetryRules.IsRepeatable(sending.Context, routed.Request);
        var hasDeadline = RetryRules.HasDeadline(sending.Context, routed.Request);
        var error = ForwarderError.None;
        var timedOut = false;
        var gate = GateAnswer.Entered;
        var resilience = ResilienceContextPool.Shared.Get(CancellationToken.None);
        resilience.Properties.Set(Deadline, hasDeadline ? routed.Snapshot.Options.Negotiate.Deadline : TimeSpan.Zero);
        await _retry.ExecuteAsync(async attempt =>
        {
            if (routed.Next is { } next)
            {
                Log.TryingElsewhere(_logger, routed.Node.Name, next.Node!.Name, error);
                sending.Reset();
                var failed = routed.Node;
                routed.MoveTo(next, sending.Context);
                _recorder.Retried(sending.Context, routed, failed);
            }

            if (hasDeadline)
            {
                using var lease = await _gate.EnterAsync(routed.Node, routed.Snapshot.Options.Negotiate, sending.Context.RequestAborted);
                gate = lease.Answer;
                if (gate is not GateAnswer.Entered)
                {
                    routed.Next = gate is GateAnswer.NodeGone ? _elsewhere.FindNext(sending.Context, routed) : null;
                    return routed.Next is not null;
                }

                routed.Lease = lease;
                using var limit = new AttemptLimit(attempt.CancellationToken, isRepeatable ? routed.Node.State.Offline.Token : CancellationToken.None);
                routed.Limit = limit;
                error = await AttemptAsync(sending, limit.Token);
                timedOut = limit.TimedOut;
                routed.Limit = null;
            }
            else
            {
                error = await AttemptAsync(sending, CancellationToken.None);
            }

            if (error is not ForwarderError.None && !timedOut && MayMove(sending, error, isRepeatable))
            {
                routed.Next = _elsewhere.FindNext(sending.Context, routed);
            }

            return routed.Next is not null;
        }, resilience);
        ResilienceContextPool.Shared.Return(resilience);

        switch (gate)
        {
            case GateAnswer.Full:
                await _refusals.WriteAsync(sending.Context, routed, Refusal.Of(RoutingOutcome.StormQueueFull));
                return ForwarderError.None;
            case GateAnswer.NodeGone:
                await _refusals.WriteAsync(sending.Context, routed, Refusal.Of(RoutingOutcome.NoNodeOnline));
                return ForwarderError.None;
            case GateAnswer.ClientGone:
                return ForwarderError.RequestCanceled;
        }

        if (error is not ForwarderError.None)
        {
            await ReportAsync(sending, error, timedOut);
        }

        return error;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ForwarderError> AttemptAsync(Sending sending, CancellationToken cancellationToken)
    {
        var (context, routed, client, config, transformer) = sending;
        var node = routed.Node;
        _follower.Sent(context, routed);
        if (routed is { Connection: { } connection, Limit: { } limit, Request.Transport: Transport.LongPolling })
        {
            connection.Attach(limit);
        }

        try
        {
            var settings = routed.Snapshot.Timeouts.For(config, node.Options.Protocol, routed.Request.Transport);
            var error = routed.Request.Transport is Transport.WebSockets && settings.Version == HttpVersion.Version11 && routed.Snapshot.Options.Tunnel is not TunnelKind.Yarp
                ? await _webSockets.SendAsync(context, routed, client, transformer, cancellationToken)
                : await _inner.SendAsync(context, node.Address, client, settings, transformer, cancellationToken);
            if (error is not ForwarderError.None)
            {
                Judge(sending, error);
            }

            return error;
        }
        finally
        {
            _follower.Ended(routed);
        }
    }

    // What a failure says of the node.
    private void Judge(Sending sending, ForwarderError error)
    {
        var (context, routed, _, _, _) = sending;
        if (RetryRules.IsClientFailure(context, error) || HasAnswered(routed, error))
        {
            return;
        }

        if (RetryRules.IsConnectFailure(context.GetForwarderErrorFeature()?.Exception))
        {
            _operations.ConnectFailed(routed.Node);
        }
        else if (routed is { Request.Kind: RequestKind.Negotiate or RequestKind.WebSocket, Limit: not { IsGivenUp: true } })
        {
            _operations.NegotiateFailed(routed.Node);
        }
    }

    // A negotiate's answer that broke off while it was read for its id is none: the client has seen nothing of it.
    private static bool HasAnswered(RoutedRequest routed, ForwarderError error) =>
        routed.NodeStatus != 0 && !(routed.Request.Kind is RequestKind.Negotiate && error is ForwarderError.ResponseHeaders);

    private static bool MayMove(Sending sending, ForwarderError error, bool isRepeatable)
    {
        var (context, routed, _, _, _) = sending;
        return !RetryRules.IsClientFailure(context, error)
            && !context.Response.HasStarted
            && !HasAnswered(routed, error)
            && (isRepeatable || (RetryRules.IsMovable(context, routed.Request) && RetryRules.IsConnectFailure(context.GetForwarderErrorFeature()?.Exception)));
    }

    // Kestrel has met the end of the client's connection, and has not told the request yet.
    private static bool IsConnectionLost(Exception? exception) =>
        exception is ConnectionResetException or ConnectionAbortedException || (exception?.InnerException is { } inner && IsConnectionLost(inner));

    // YARP has set a status and, where the response has started, ended the connection. What is missing is the reason.
    private async ValueTask ReportAsync(Sending sending, ForwarderError error, bool timedOut)
    {
        var (context, routed, _, _, _) = sending;
        if (!timedOut && RetryRules.IsClientFailure(context, error))
        {
            if (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
            {
                if (IsConnectionLost(context.GetForwarderErrorFeature()?.Exception))
                {
                    context.Abort(); // nobody reads an answer, and Kestrel would log an error when it drained the body for the next request
                    return;
                }

                await _refusals.WriteAsync(
                    context, routed, new Refusal(RoutingOutcome.BadRequest) { Status = Math.Max(context.Response.StatusCode, StatusCodes.Status400BadRequest) });
            }

            return;
        }

        var exception = context.GetForwarderErrorFeature()?.Exception;
        Log.ForwardingFailed(_logger, routed.Node.Name, routed.Request.Kind, error, FailureText.Of(exception));
        if (context.Response.HasStarted)
        {
            return;
        }

        var isTime = timedOut || error is ForwarderError.RequestTimedOut || context.Response.StatusCode is StatusCodes.Status504GatewayTimeout;
        var status = isTime ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status502BadGateway;
        await _refusals.WriteAsync(context, routed, new Refusal(RoutingOutcome.OwnerUnreachable) { Status = status });
    }

    private readonly record struct Sending(
        HttpContext Context, RoutedRequest Routed, HttpMessageInvoker Client, ForwarderRequestConfig Config, HttpTransformer Transformer)
    {
        /// <summary>Makes the response as if nothing had been tried, which YARP's forwarder insists on.</summary>
        public void Reset()
        {
            Context.Response.Clear();
            Context.Features.Set<IForwarderErrorFeature>(null);
        }
    }
}
