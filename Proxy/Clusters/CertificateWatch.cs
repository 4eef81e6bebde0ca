using Proxy.Nodes;
using Proxy.Nodes.Tls;

namespace Proxy.Clusters;

/// <summary>Looks twice a second whether the certificate files of the nodes have changed. New connections use what they hold then; open ones go on.</summary>
internal sealed class CertificateWatch(NodeRegistry registry, NodeTlsSet all, TimeProvider time, ILogger<NodeRegistry> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                LookSafely();
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private void LookSafely()
    {
        try
        {
            Look();
        }
        catch (Exception e)
        {
            NodeLog.SupervisorFailed(logger, e);
        }
    }

    private void Look()
    {
        var users = registry.Clusters.SelectMany(cluster => cluster.Snapshot?.Nodes ?? []).Where(node => node.Tls is not null).ToLookup(node => node.Tls!);
        all.Keep([.. users.Select(group => group.Key)]);
        foreach (var group in users)
        {
            if (group.Key.Check(out var problems))
            {
                Report([.. group], problems);
            }
        }
    }

    private void Report(IReadOnlyList<GatewayNode> nodes, IReadOnlyList<string> problems)
    {
        var names = string.Join(", ", nodes.Select(node => node.Name));
        if (problems.Count > 0)
        {
            NodeLog.CertificateFilesRefused(logger, names, string.Join("; ", problems));
            return;
        }

        NodeLog.CertificateFilesChanged(logger, names);
        foreach (var node in nodes)
        {
            node.State.ProbeSoon();
        }
    }
}
