using Polly;
using Polly.Retry;
using Polly.Timeout;
using Proxy.Clusters;
using Proxy.Decisions;
using Proxy.Outcomes;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Forwarding.Senders;

/// <summary>Sends a request that no node owns yet, and sends it to another node where one cannot answer.</summary>
/// <remarks>
/// Polly repeats the attempts and limits their time together, as these are its two strategies. Which failure is worth another node is decided by the attempt
/// itself, because the answer of a node has to be dropped before the client sees any of it.
/// </remarks>
internal sealed class RetryingSender
{
    private static readonly ResiliencePropertyKey<TimeSpan> Deadline = new("deadline");
    private static readonly ResiliencePropertyKey<ForwarderCall> Call = new("call");

    private static readonly Func<ResilienceContext, RetryingSender, ValueTask<Attempt>> OpenOnce =
        static (resilience, sender) => sender.OpenAsync(resilience.Properties.GetValue(Call, default), resilience.CancellationToken);

    private static readonly Func<ResilienceContext, RetryingSender, ValueTask<Attempt>> GetOnce =
        static (resilience, sender) => sender.GetAsync(resilience.Properties.GetValue(Call, default));

    private readonly NodeSender _nodes;
    private readonly NegotiateGate _gate;
    private readonly NextNodeSelector _selector;
    private readonly FailureResponse _failures;
    private readonly Refusals _refusals;
    private readonly DecisionRecorder _recorder;
    private readonly ILogger _logger;
    private readonly ResiliencePipeline<Attempt> _attempts;

    public RetryingSender(
        NodeSender nodes, NegotiateGate gate, NextNodeSelector selector, FailureResponse failures, Refusals refusals, DecisionRecorder recorder,
        TimeProvider time, ILogger<StickyForwarder> logger)
    {
        _nodes = nodes;
        _gate = gate;
        _selector = selector;
        _failures = failures;
        _refusals = refusals;
        _recorder = recorder;
        _logger = logger;
        _attempts = new ResiliencePipelineBuilder<Attempt> { TimeProvider = time }
            .AddTimeout(new TimeoutStrategyOptions
            {
                // Zero: there is no deadline. One that passes while a tunnel is open ends nothing, see AttemptLimit.
                TimeoutGenerator = static arguments => new(arguments.Context.Properties.GetValue(Deadline, TimeSpan.Zero)),
            })
            .AddRetry(new RetryStrategyOptions<Attempt>
            {
                ShouldHandle = static arguments => new(arguments.Outcome.Result is { Verdict: Verdict.TryNextNode }),
                OnRetry = arguments => MoveOn(arguments.Context.Properties.GetValue(Call, default), arguments.Outcome.Result!),
                MaxRetryAttempts = RetryRules.MaxNodes - 1,
                Delay = TimeSpan.Zero, // the next node has not failed yet
            })
            .Build();
    }

    public async ValueTask<ForwarderError> SendAsync(ForwarderCall call)
    {
        var hasDeadline = RetryRules.HasDeadline(call.Context, call.Routed.Request);
        var resilience = ResilienceContextPool.Shared.Get(CancellationToken.None);
        resilience.Properties.Set(Call, call);
        resilience.Properties.Set(Deadline, hasDeadline ? call.Routed.Snapshot.Options.Negotiate.Deadline : TimeSpan.Zero);
        try
        {
            return await FinishAsync(call, await _attempts.ExecuteAsync(hasDeadline ? OpenOnce : GetOnce, resilience, this));
        }
        catch (TimeoutRejectedException)
        {
            // The deadline has passed between two attempts. The answer that another was to replace is gone by then.
            await _failures.WriteAsync(call, call.Routed.Attempt!, timedOut: true);
            return call.Routed.Attempt!.Error;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(resilience);
        }
    }

    // 2. for one node, to open a connection: a negotiate, or a WebSocket without an id.
    private async ValueTask<Attempt> OpenAsync(ForwarderCall call, CancellationToken deadline)
    {
        var (context, routed, _, _, _) = call;
        var node = routed.Node;
        using var lease = await _gate.EnterAsync(node, routed.Snapshot.Options.Negotiate, context.RequestAborted);
        using var limit = new AttemptLimit(deadline, RetryRules.IsRepeatable(context, routed.Request) ? node.State.Offline.Token : CancellationToken.None);
        var attempt = routed.BeginAttempt(limit, lease);
        if (lease.Answer is GateAnswer.Entered)
        {
            await _nodes.SendAsync(call, attempt, limit.Token);
        }

        LookForNextNode(call, attempt);
        return attempt;
    }

    // 2. for one node, for anything else: a page, an upload.
    private async ValueTask<Attempt> GetAsync(ForwarderCall call)
    {
        var attempt = call.Routed.BeginAttempt();
        await _nodes.SendAsync(call, attempt, attempt.Silent);
        LookForNextNode(call, attempt);
        return attempt;
    }

    // 7. for an attempt without an answer; ResponseSteps give a verdict on an answer.
    private void LookForNextNode(ForwarderCall call, Attempt attempt)
    {
        if (RetryRules.MayTryNextNode(call.Context, call.Routed, attempt) && _selector.Select(call.Context, call.Routed) is { } next)
        {
            attempt.Verdict = new Verdict.TryNextNode(next);
        }
    }

    // 8. Another node: Polly calls this between two attempts.
    private ValueTask MoveOn(ForwarderCall call, Attempt failed)
    {
        var next = ((Verdict.TryNextNode)failed.Verdict!).Decision;
        StickyForwarder.Log.TryingElsewhere(_logger, failed.Node.Name, next.Node!.Name, failed.Error);
        call.ResetResponse();
        call.Routed.MoveTo(next, call.Context);
        _recorder.Retried(call.Context, call.Routed, failed.Node);
        return default;
    }

    private async ValueTask<ForwarderError> FinishAsync(ForwarderCall call, Attempt last)
    {
        switch (last.Lease?.Answer)
        {
            case GateAnswer.Full:
                await _refusals.WriteAsync(call.Context, call.Routed, Refusal.Of(RoutingOutcome.StormQueueFull));
                return ForwarderError.None;
            case GateAnswer.NodeGone:
                await _refusals.WriteAsync(call.Context, call.Routed, Refusal.Of(RoutingOutcome.NoNodeOnline));
                return ForwarderError.None;
            case GateAnswer.ClientGone:
                return ForwarderError.RequestCanceled;
        }

        if (last.Error is not ForwarderError.None)
        {
            await _failures.WriteAsync(call, last, last.TimedOut);
        }

        return last.Error;
    }
}
