using Proxy.Configuration;
using Proxy.Nodes;

namespace Proxy.Clusters;

/// <summary>Changes the life-cycle state of one cluster's nodes. The caller holds the cluster's lock, and refreshes the snapshot afterwards.</summary>
internal sealed class NodeLifecycles(string clusterId, TimeProvider time, ILogger logger)
{
    /// <summary>A node is there for the first time.</summary>
    /// <param name="state">The node.</param>
    /// <param name="isFirst">It is one of the first configuration, which are all open at once.</param>
    /// <param name="scale">How long nodes that are added later are staged.</param>
    public void Enter(NodeState state, bool isFirst, ScaleOptions scale)
    {
        state.LifecycleSince = time.GetTimestamp();
        if (isFirst || scale is { StagingProbes: 0, MinStagingTime.Ticks: 0 })
        {
            state.Lifecycle = NodeLifecycle.Open; // at a cold start there is no other node that could take connections meanwhile
            state.SlowStart = isFirst ? TimeSpan.Zero : scale.SlowStart;
            return;
        }

        state.Lifecycle = NodeLifecycle.Staging;
        NodeLog.StagingStarted(logger, clusterId, state.Name);
    }

    /// <summary>Starts and ends the drains that the configuration, a removal and the node's own report ask for.</summary>
    /// <remarks>A node drains for one reason at a time. The configuration's and the node's own reason end by themselves, an operator's by a resume.</remarks>
    /// <param name="state">The node.</param>
    /// <param name="isLeaving">The configuration does not name it any more.</param>
    /// <param name="mayLeave">Nodes that were added take connections by now.</param>
    /// <param name="isConfigured">The configuration says <c>Draining</c>.</param>
    /// <param name="scale">The terms of a drain.</param>
    public void Follow(NodeState state, bool isLeaving, bool mayLeave, bool isConfigured, ScaleOptions scale)
    {
        DrainOrigin? wanted = isConfigured ? DrainOrigin.Configuration : state.Report is { Draining: true } ? DrainOrigin.Report : null;
        if (isLeaving)
        {
            Leave(state, mayLeave, scale);
            return;
        }

        state.WaitsToLeave = false;
        if (state.Drain is { Origin: DrainOrigin.Removal } left)
        {
            NodeLog.CameBack(logger, clusterId, state.Name);
            state.Drain = left.Former is DrainOrigin.Operator ? left with { Origin = DrainOrigin.Operator, Former = null } : left;
            if (state.Drain.Origin is DrainOrigin.Removal)
            {
                EndDrain(state);
            }
        }

        if (state.Drain is { Origin: DrainOrigin.Configuration or DrainOrigin.Report } drain)
        {
            if (wanted is null)
            {
                EndDrain(state);
            }
            else
            {
                state.Drain = drain.Origin == wanted ? drain : drain with { Origin = wanted.Value };
            }
        }
        else if (wanted is not null && state.Drain is null)
        {
            StartDrain(state, wanted.Value, scale.Drain, scale.DrainTimeout, scale.DrainRate);
        }
    }

    private void Leave(NodeState state, bool mayLeave, ScaleOptions scale)
    {
        if (state.Drain is { } running)
        {
            // It has been draining already: its terms and its clock go on.
            state.Drain = running.Origin is DrainOrigin.Removal ? running : running with { Origin = DrainOrigin.Removal, Former = running.Origin };
        }
        else if (mayLeave || state.Lifecycle is NodeLifecycle.Staging)
        {
            StartDrain(state, DrainOrigin.Removal, scale.Drain, scale.DrainTimeout, scale.DrainRate);
        }
        else if (!state.WaitsToLeave)
        {
            state.WaitsToLeave = true;
            NodeLog.WaitsToLeave(logger, clusterId, state.Name);
        }
    }

    /// <summary>Takes a node out of the choice.</summary>
    /// <remarks>A node that has left the configuration gets the new terms and leaves all the same.</remarks>
    public void StartDrain(NodeState state, DrainOrigin origin, DrainMode mode, TimeSpan timeout, int rate)
    {
        var isLeaving = state.Drain is { Origin: DrainOrigin.Removal };
        state.Drain = new DrainState(isLeaving ? DrainOrigin.Removal : origin, mode, time.GetTimestamp(), time.GetUtcNow(), timeout, rate)
        {
            Former = isLeaving ? origin : null,
            IsFromStaging = state.Drain?.IsFromStaging ?? state.Lifecycle is NodeLifecycle.Staging,
            Pacer = new Pacer(time),
            Progress = new DrainProgress(time, state.Remaining),
        };
        state.Lifecycle = NodeLifecycle.Draining;
        state.LifecycleSince = state.Drain.Since;
        state.IdsForgotten = false;
        NodeLog.DrainStarted(logger, clusterId, state.Name, origin, mode, state.Remaining, timeout);
    }

    /// <summary>Lets a node take new connections again.</summary>
    public void EndDrain(NodeState state)
    {
        state.Lifecycle = state.Drain is { IsFromStaging: true } ? NodeLifecycle.Staging : NodeLifecycle.Open;
        state.Drain = null;
        state.LifecycleSince = time.GetTimestamp();
        state.IdsForgotten = false;
        NodeLog.Resumed(logger, clusterId, state.Name);
    }

    /// <summary>Opens a staged node.</summary>
    public void Open(NodeState state, TimeSpan slowStart)
    {
        if (state.Lifecycle is not NodeLifecycle.Staging)
        {
            return; // a reload or the operator has started a drain meanwhile
        }

        state.Lifecycle = NodeLifecycle.Open;
        state.LifecycleSince = time.GetTimestamp();
        state.SlowStart = slowStart;
    }
}
