namespace LoadTests.Comparison.Contenders;

/// <summary>No proxy: clients talk to the first node. What the others add is counted from here.</summary>
internal sealed class DirectContender : IContender
{
    public const string PeerName = "direct";

    public string Name => PeerName;

    public bool IsCompiledWhileRunning => false;

    public string? Version => null;

    public Task<RunningContender> StartAsync(IReadOnlyList<Uri> nodes, string? cores, CancellationToken cancellationToken) =>
        Task.FromResult(new RunningContender(nodes[0], Process: null));
}
