using System.Runtime.InteropServices;

namespace Proxy.SelfTest;

/// <summary>A negotiate that was answered by a hub.</summary>
/// <param name="Id">The connection token, as it is to be sent back; a secret.</param>
/// <param name="Transports">What the hub offers, by the protocol's names.</param>
/// <param name="HttpVersion">Of the answer.</param>
/// <param name="Took">From the request to its answer.</param>
internal sealed record Negotiation(string Id, IReadOnlyList<string> Transports, Version HttpVersion, TimeSpan Took);

/// <summary>A negotiation, or why there is none.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct NegotiationResult(Negotiation? Negotiation, CheckFinding? Problem);
