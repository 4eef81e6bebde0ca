namespace LoadTests.Comparison.Contenders;

/// <summary>Who takes part.</summary>
/// <param name="Ours">The gateway.</param>
/// <param name="Peers">The others that were asked for and found.</param>
/// <param name="WithoutAffinity">The gateway with <c>Mode=None</c>.</param>
internal sealed record ContenderSet(IContender Ours, IReadOnlyList<IContender> Peers, IContender WithoutAffinity)
{
    public IReadOnlyList<IContender> OursAndPeers => [Ours, .. Peers];
}
