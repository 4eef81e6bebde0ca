using Proxy.Configuration;
using Proxy.Nodes;


namespace Proxy.Clusters;

/// <summary>What happens to nodes, in the operator's words. Category <c>Proxy.Nodes.NodeRegistry</c>.</summary>
internal static partial class NodeLog
{
    [LoggerMessage(1, LogLevel.Information, "Start adding node '{NodeName}' to cluster '{ClusterId}': it is probed and gets no new connections yet.",
        EventName = "StagingStarted")]
    public static partial void StagingStarted(ILogger logger, string clusterId, string nodeName);

    [LoggerMessage(
        2, LogLevel.Information, "Succeeded in adding node '{NodeName}' to cluster '{ClusterId}': it takes new connections.", EventName = "StagingSucceeded")]
    public static partial void StagingSucceeded(ILogger logger, string clusterId, string nodeName);

    [LoggerMessage(3, LogLevel.Error,
        "Timeout waiting for node '{NodeName}' of cluster '{ClusterId}' to answer its probes within {ScaleTimeout}; it is opened all the same "
        + "and gets connections once a probe succeeds. Last probe: {Error}", EventName = "StagingTimedOut")]
    public static partial void StagingTimedOut(ILogger logger, string clusterId, string nodeName, TimeSpan scaleTimeout, string? error);

    [LoggerMessage(4, LogLevel.Information,
        "Node '{NodeName}' of cluster '{ClusterId}' drains ({Origin}, {Mode}): no new connections, {Remaining} known ids, at most {Timeout}.",
        EventName = "DrainStarted")]
    public static partial void DrainStarted(
        ILogger logger, string clusterId, string nodeName, DrainOrigin origin, DrainMode mode, int remaining, TimeSpan timeout);

    [LoggerMessage(5, LogLevel.Information, "Node '{NodeName}' of cluster '{ClusterId}' takes new connections again.", EventName = "Resumed")]
    public static partial void Resumed(ILogger logger, string clusterId, string nodeName);

    [LoggerMessage(6, LogLevel.Warning,
        "Drain of node '{NodeName}' of cluster '{ClusterId}' ran out of time with {Remaining} known ids: they are refused from now on, "
        + "open tunnels end by themselves.", EventName = "DrainTimedOut")]
    public static partial void DrainTimedOut(ILogger logger, string clusterId, string nodeName, int remaining);

    [LoggerMessage(7, LogLevel.Information, "Node '{NodeName}' has left cluster '{ClusterId}'.", EventName = "Removed")]
    public static partial void Removed(ILogger logger, string clusterId, string nodeName);

    [LoggerMessage(
        8, LogLevel.Information, "Node '{OldName}' of cluster '{ClusterId}' is now called '{NewName}'; its connections stay.", EventName = "Renamed")]
    public static partial void Renamed(ILogger logger, string clusterId, string oldName, string newName);

    [LoggerMessage(9, LogLevel.Warning, "Node '{NodeName}' of cluster '{ClusterId}' moved from {OldAddress} to {NewAddress}: it counts as a new node, "
        + "and what the old one knew is forgotten.", EventName = "Readdressed")]
    public static partial void Readdressed(ILogger logger, string clusterId, string nodeName, string oldAddress, string newAddress);

    [LoggerMessage(
        10, LogLevel.Information, "Node '{NodeName}' of cluster '{ClusterId}' is configured again and opens without staging.", EventName = "CameBack")]
    public static partial void CameBack(ILogger logger, string clusterId, string nodeName);

    [LoggerMessage(11, LogLevel.Warning,
        "Node '{NodeName}' of cluster '{ClusterId}' is out: {Reason}. Requests with an id still go there; new connections do not.",
        EventName = "WentOffline")]
    public static partial void WentOffline(ILogger logger, string clusterId, string nodeName, string? reason);

    [LoggerMessage(12, LogLevel.Information, "Node '{NodeName}' of cluster '{ClusterId}' is online.", EventName = "CameOnline")]
    public static partial void CameOnline(ILogger logger, string clusterId, string nodeName);

    [LoggerMessage(13, LogLevel.Warning, "Node '{NodeName}' of cluster '{ClusterId}' was started anew; connections to its former process are gone.",
        EventName = "Restarted")]
    public static partial void Restarted(ILogger logger, string clusterId, string nodeName);

    [LoggerMessage(
        14, LogLevel.Error, "Probing node '{NodeName}' of cluster '{ClusterId}' failed in an unforeseen way; it goes on.", EventName = "ProbeLoopFailed")]
    public static partial void ProbeLoopFailed(ILogger logger, Exception exception, string clusterId, string nodeName);

    [LoggerMessage(15, LogLevel.Warning,
        "Node '{NodeName}' of cluster '{ClusterId}' has fallen silent on every connection; {Moved} clients are asked to come back elsewhere.",
        EventName = "FellSilent")]
    public static partial void FellSilent(ILogger logger, string clusterId, string nodeName, int moved);

    [LoggerMessage(16, LogLevel.Information, "Node '{NodeName}' leaves cluster '{ClusterId}', but not before the nodes that were added take connections.",
        EventName = "WaitsToLeave")]
    public static partial void WaitsToLeave(ILogger logger, string clusterId, string nodeName);

    [LoggerMessage(17, LogLevel.Error, "Looking after the nodes failed in an unforeseen way; it goes on.", EventName = "SupervisorFailed")]
    public static partial void SupervisorFailed(ILogger logger, Exception exception);

    [LoggerMessage(18, LogLevel.Information,
        "Drain of node '{NodeName}' of cluster '{ClusterId}' ran out of time: {Remaining} connections are moved, {Rate} a second.",
        EventName = "DrainMoves")]
    public static partial void DrainMoves(ILogger logger, string clusterId, string nodeName, int remaining, int rate);

    [LoggerMessage(19, LogLevel.Information, "The certificate files for the nodes {NodeNames} have changed: new connections use them, open ones go on.",
        EventName = "CertificateFilesChanged")]
    public static partial void CertificateFilesChanged(ILogger logger, string nodeNames);

    [LoggerMessage(20, LogLevel.Error,
        "The changed certificate files for the nodes {NodeNames} cannot be used, and what was read before stays in use: {Problems}",
        EventName = "CertificateFilesRefused")]
    public static partial void CertificateFilesRefused(ILogger logger, string nodeNames, string problems);
}
