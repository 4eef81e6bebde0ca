using Proxy.Nodes;
using Proxy.Outcomes;


namespace Proxy.Affinity;

/// <summary>What becomes of a request: a node, or a refusal.</summary>
/// <param name="Outcome">Why.</param>
/// <param name="Node">The node, or <see langword="null"/> for a refusal, and in an explanation where chance decides.</param>
/// <param name="Binds">Whether the client's cookie has to be written: it names another node or none.</param>
internal readonly record struct Decision(Outcome Outcome, GatewayNode? Node, bool Binds = false)
{
    /// <summary>Status of the answer that the gateway gives itself, or 200.</summary>
    public int Status { get; init; } = Outcome.Status();

    /// <summary>A sentence that says more than the outcome, or <see langword="null"/>.</summary>
    public string? Detail { get; init; }

    public static Decision Refuse(Outcome outcome, string? detail = null) => new(outcome, null) { Detail = detail };
}
