namespace Proxy.Nodes;

/// <summary>What one probe found.</summary>
/// <param name="Error">Why it failed, or <see langword="null"/>.</param>
/// <param name="Report">What the node said of itself, or <see langword="null"/>.</param>
/// <param name="TimedOut">It failed because there was no answer at all.</param>
internal readonly record struct ProbeResult(string? Error, NodeReport? Report = null, bool TimedOut = false)
{
    public bool Succeeded => Error is null;
}
