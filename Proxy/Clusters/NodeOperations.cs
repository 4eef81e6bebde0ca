using Proxy.Configuration;
using Proxy.Connections;
using Proxy.Nodes;
using Yarp.ReverseProxy.Model;

namespace Proxy.Clusters;

/// <summary>Everything but a reload that changes a node's health or life cycle: probes, failures of real requests, the operator.</summary>
internal sealed class NodeOperations(NodeRegistry registry, ConnectionTable connections, ConnectionMover mover, TimeProvider time, ILogger<NodeRegistry> logger)
{
    /// <summary>Takes in the result of a probe.</summary>
    public void Probed(GatewayNode node, ProbeResult result, HealthOptions options)
    {
        var state = node.State;
        var health = state.Health;
        if (result.Succeeded)
        {
            health.GoodProbes++;
            health.FailedProbes = 0;
            health.TimedOutProbes = 0;
            health.LastProbeError = null;
            TakeReport(state, result.Report);
            ClearConnectFailure(node);
            if (health.GoodProbes >= options.Rise || node.Destination.Health.Active is DestinationHealth.Unknown)
            {
                SetActive(node, DestinationHealth.Healthy);
            }

            return;
        }

        health.GoodProbes = 0;
        health.FailedProbes++;
        health.LastProbeError = result.Error;
        health.TimedOutProbes = result.TimedOut ? health.TimedOutProbes + 1 : 0;
        if (health.TimedOutProbes == 1)
        {
            health.TimedOutSince = time.GetTimestamp();
        }

        if (health.FailedProbes >= options.Fall)
        {
            SetActive(node, DestinationHealth.Unhealthy);
        }

        if (health.TimedOutProbes == options.Fall + 1 && state.LastActivityAt < health.TimedOutSince)
        {
            // No byte has arrived on any of the node's connections since the first of these probes: its process hangs, and its clients cannot know. A poll
            // would wait for 100 s, a WebSocket for the client's 30 s. From a node that is only slow bytes arrive, and it keeps its clients.
            var moved = mover.Move(state, int.MaxValue);
            state.Silent.Cancel();
            NodeLog.FellSilent(logger, state.ClusterId, state.Name, moved);
        }
    }

    /// <summary>The node is not probed any more: the last result of a probe means nothing.</summary>
    public void ProbesEnded(GatewayNode node)
    {
        if (node.Destination.Health.Active is not DestinationHealth.Unknown)
        {
            node.State.Health.LastProbeError = null;
            node.Destination.Health.Active = DestinationHealth.Unknown;
            registry.Refresh(node.State.ClusterId);
        }
    }

    /// <summary>A real request could not even connect: the node is out until a probe says otherwise, or for a while where there are no probes.</summary>
    public void ConnectFailed(GatewayNode node)
    {
        node.State.ProbeSoon();
        var isProbed = registry.Snapshot(node.State.ClusterId)?.Options.Health.Probe is not ProbeKind.None;
        MarkUnhealthy(node, "a request was refused a connection", isProbed ? null : NodeHealth.Break);
    }

    /// <summary>A negotiate met a reset, a time-out, or 502, 503 or 504.</summary>
    public void NegotiateFailed(GatewayNode node)
    {
        node.State.ProbeSoon();
        if (node.State.Health.NegotiateFailed(time))
        {
            MarkUnhealthy(node, "negotiates failed in a row", NodeHealth.Break);
        }
    }

    /// <summary>An answer of the node named the process that gave it.</summary>
    public void SawBootId(NodeState state, string? bootId)
    {
        if (bootId is not null && state.Process.TakeBootId(bootId))
        {
            NodeLog.Restarted(logger, state.ClusterId, state.Name);
            connections.Orphan(state);
        }
    }

    /// <summary>Ends a passive verdict whose time is over.</summary>
    public void ExpirePassiveHealth(GatewayNode node)
    {
        if (node.Destination.Health.Passive is DestinationHealth.Unhealthy && node.State.Health.PassiveUntil is { } until && time.GetTimestamp() >= until)
        {
            SetPassive(node, DestinationHealth.Unknown);
        }
    }

    /// <summary>Starts a drain that lasts until it is resumed.</summary>
    public void Drain(GatewayNode node, DrainMode mode, TimeSpan timeout, int rate)
    {
        registry.Find(node.State.ClusterId)?.StartDrain(node.State, DrainOrigin.Operator, mode, timeout, rate);
        registry.Refresh(node.State.ClusterId);
    }

    /// <summary>Ends an operator's drain.</summary>
    /// <returns><see langword="false"/> when the node drains for another reason, which a resume does not end.</returns>
    public bool Resume(GatewayNode node)
    {
        if (node.State.Drain is { Origin: not DrainOrigin.Operator })
        {
            return false;
        }

        if (node.State.Drain is not null)
        {
            registry.Find(node.State.ClusterId)?.EndDrain(node.State);
            registry.Refresh(node.State.ClusterId);
        }

        return true;
    }

    private void MarkUnhealthy(GatewayNode node, string reason, TimeSpan? length)
    {
        lock (node.State.Health) // many requests meet the failure at once, and it is logged once
        {
            if (node.Destination.Health.Passive is DestinationHealth.Unhealthy)
            {
                return;
            }

            node.State.Health.PassiveUntil = length is { } until ? time.GetTimestamp() + (long)(until.TotalSeconds * time.TimestampFrequency) : null;
            node.Destination.Health.Passive = DestinationHealth.Unhealthy;
        }

        NodeLog.WentOffline(logger, node.State.ClusterId, node.Name, reason);
        registry.Refresh(node.State.ClusterId);
    }

    // A good answer without a report takes back what the last one said.
    private void TakeReport(NodeState state, NodeReport? report)
    {
        var former = state.Report;
        SawBootId(state, report?.BootId); // first: connections of a former process count no more
        state.Report = report is null ? null : report with { CountedThen = state.Counted };
        if ((report?.Draining ?? false) != (former?.Draining ?? false))
        {
            registry.Refresh(state.ClusterId);
        }
    }

    // A good probe disproves that connecting fails. It does not disprove that negotiates fail.
    private void ClearConnectFailure(GatewayNode node)
    {
        if (node.Destination.Health.Passive is DestinationHealth.Unhealthy && node.State.Health.PassiveUntil is null)
        {
            SetPassive(node, DestinationHealth.Healthy);
        }
    }

    private void SetActive(GatewayNode node, DestinationHealth health)
    {
        var former = node.Destination.Health.Active;
        if (former == health)
        {
            return;
        }

        node.Destination.Health.Active = health;
        if (health is DestinationHealth.Unhealthy)
        {
            NodeLog.WentOffline(logger, node.State.ClusterId, node.Name, node.State.Health.LastProbeError);
        }
        else if (former is DestinationHealth.Unhealthy)
        {
            NodeLog.CameOnline(logger, node.State.ClusterId, node.Name);
        }

        registry.Refresh(node.State.ClusterId);
        if (health is DestinationHealth.Unhealthy)
        {
            node.State.Offline.Cancel(); // after the refresh, so that a request that looks for another node does not find this one again
        }
    }

    private void SetPassive(GatewayNode node, DestinationHealth health)
    {
        node.Destination.Health.Passive = health;
        registry.Refresh(node.State.ClusterId);
    }
}
