using Proxy.Clusters.Probes;
using Proxy.Configuration;
using Proxy.Connections;
using Proxy.Metrics;
using Proxy.Nodes;
using Proxy.Nodes.Tls;
using Proxy.Requests;


namespace Proxy.Clusters;

/// <summary>Keeps a probe loop for every node, opens staged nodes, ends drains and passive verdicts whose time is over.</summary>
internal sealed class NodeSupervisor(
    NodeRegistry registry, NodeOperations operations, NodeProbe probe, ConnectionTable connections, ConnectionMover mover,
    Rebalancer rebalancer, GatewayConfigProvider provider, TimeProvider time, GatewayMetrics metrics, ILogger<NodeRegistry> logger)
    : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<NodeState, CancellationTokenSource> _loops = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            do
            {
                TurnSafely(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The host stops; so do the loops, which hold tokens linked to it.
        }
    }

    private void TurnSafely(CancellationToken stoppingToken)
    {
        try
        {
            Turn(stoppingToken);
        }
        catch (Exception e)
        {
            NodeLog.SupervisorFailed(logger, e);
        }
    }

    private void Turn(CancellationToken stoppingToken)
    {
        var probed = new HashSet<NodeState>();
        foreach (var cluster in registry.Clusters)
        {
            if (cluster.Snapshot is not { } snapshot)
            {
                continue;
            }

            foreach (var node in snapshot.Nodes)
            {
                if (snapshot.Options.Health.Probe is ProbeKind.None)
                {
                    operations.ProbesEnded(node);
                }
                else if (cluster.Client is not null)
                {
                    probed.Add(node.State);
                    EnsureLoop(cluster, node.State, stoppingToken);
                }

                operations.ExpirePassiveHealth(node);
                Advance(cluster, node, snapshot.Options);
            }

            rebalancer.Turn(cluster, snapshot.Options.Scale.Rebalance);
        }

        foreach (var gone in _loops.Keys.Where(state => !probed.Contains(state)).ToArray())
        {
            _loops.Remove(gone, out var source);
            source?.Cancel();
        }
    }

    private void EnsureLoop(ClusterNodes cluster, NodeState state, CancellationToken stoppingToken)
    {
        if (!_loops.ContainsKey(state))
        {
            var source = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            _loops[state] = source;
            _ = ProbeLoopAsync(cluster, state, source.Token);
        }
    }

    private async Task ProbeLoopAsync(ClusterNodes cluster, NodeState state, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var started = time.GetTimestamp();
            var pause = Period;
            try
            {
                if (cluster.Snapshot is { } snapshot && snapshot.Find(state) is { } node && cluster.Client is { } client)
                {
                    var health = snapshot.Options.Health;
                    var result = await probe.RunAsync(node, client.For(node), health, cancellationToken);
                    metrics.Probed(node, result);
                    if (cluster.Snapshot?.Find(state) is { } present) // a reload meanwhile may have given the node another destination
                    {
                        operations.Probed(present, result, health);
                    }

                    pause = PauseAfter(result, state, snapshot.Options, time.GetElapsedTime(started));
                }

                await state.WaitForProbeAsync(pause, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                NodeLog.ProbeLoopFailed(logger, e, state.ClusterId, state.Name);
                await Task.Delay(Period, time, CancellationToken.None);
            }
        }
    }

    // A failed probe is repeated: at once when it took its whole time, and after a quarter of the interval when it failed quickly.
    // A frozen node must not be waited for twice, and a node that is restarting deserves a moment.
    private static TimeSpan PauseAfter(ProbeResult result, NodeState state, GatewayOptions options, TimeSpan elapsed)
    {
        var interval = state.Lifecycle is NodeLifecycle.Staging ? options.Scale.StagingInterval : options.Health.Interval;
        if (!result.Succeeded && state.Health.FailedProbes < options.Health.Fall)
        {
            interval /= 4;
        }

        return interval > elapsed ? interval - elapsed : TimeSpan.Zero;
    }

    private void Advance(ClusterNodes cluster, GatewayNode node, GatewayOptions options)
    {
        switch (node.State.Lifecycle)
        {
            case NodeLifecycle.Staging:
                AdvanceStaging(cluster, node, options);
                break;
            case NodeLifecycle.Draining when node.State.Drain is { } drain:
                AdvanceDrain(cluster, node, drain);
                break;
        }
    }

    private void AdvanceStaging(ClusterNodes cluster, GatewayNode node, GatewayOptions options)
    {
        var state = node.State;
        var staged = time.GetElapsedTime(state.LifecycleSince);
        var probed = options.Health.Probe is ProbeKind.None || state.Health.GoodProbes >= options.Scale.StagingProbes;
        if (probed && staged >= options.Scale.MinStagingTime)
        {
            NodeLog.StagingSucceeded(logger, state.ClusterId, state.Name);
        }
        else if (staged >= options.Scale.ScaleTimeout)
        {
            NodeLog.StagingTimedOut(logger, state.ClusterId, state.Name, options.Scale.ScaleTimeout, state.Health.LastProbeError);
        }
        else
        {
            return;
        }

        cluster.Open(state, options.Scale.SlowStart);
        registry.Refresh(state.ClusterId);
    }

    private void AdvanceDrain(ClusterNodes cluster, GatewayNode node, DrainState drain)
    {
        var state = node.State;
        var isLate = time.GetElapsedTime(drain.Since) >= drain.Timeout;
        drain.Progress.Observe(state.Remaining);
        if (drain.Mode is DrainMode.Cut)
        {
            mover.Move(state, int.MaxValue);
        }
        else if (drain.Mode is DrainMode.WaitThenClose && isLate)
        {
            if (!drain.HasMoved && state.Connections.Known > 0)
            {
                drain.HasMoved = true;
                drain.Pacer.Reset();
                NodeLog.DrainMoves(logger, state.ClusterId, state.Name, state.Connections.Known, drain.Rate);
            }

            drain.Pacer.Spend(drain.Rate, due => mover.Move(state, Pacer.Jitter(due)));
        }
        else if (drain.Mode is DrainMode.Wait && !state.IdsForgotten && state.Remaining > 0 && isLate)
        {
            NodeLog.DrainTimedOut(logger, state.ClusterId, state.Name, state.Remaining);
            state.IdsForgotten = true;
            connections.Forget(state);
            registry.Refresh(state.ClusterId);
        }

        // A node that left the configuration goes for good with its last id; a drained one stays until it is resumed.
        if (drain.Origin is DrainOrigin.Removal && (state.IdsForgotten || IsEmptyForGood(state, drain)))
        {
            cluster.Release(state);
            provider.Signal();
        }
    }

    // An id that the node handed out just before the drain may not have been seen yet by any request, and other replicas may serve connections
    // that this one has never seen: a node that still reports some is kept.
    private bool IsEmptyForGood(NodeState state, DrainState drain) =>
        state.Connections.Known == 0
        && time.GetElapsedTime(drain.Since) >= ConnectionLifetimes.NegotiatedCounts
        && !(state.Report is { ClientConnectionCount: > 0 } report && time.GetElapsedTime(report.At) < state.ReportLifetime);
}
