using Proxy.Nodes;
using Proxy.Outcomes;

namespace Proxy.Affinity;

/// <summary>What becomes of a request: a node, or a refusal.</summary>
/// <param name="Outcome">Why.</param>
/// <param name="Node">The node, or <see langword="null"/> for a refusal, and in an explanation where chance decides.</param>
/// <param name="Binds">Whether the client's cookie has to be written: it names another node or none.</param>
internal readonly record struct Decision(RoutingOutcome Outcome, GatewayNode? Node, bool Binds = false)
{
    /// <summary>The answer in the node's place, or <see langword="null"/>.</summary>
    public Refusal? Refusal { get; private init; }

    /// <summary>The request's id is the application's: the request is to be sent like any other.</summary>
    public bool IgnoresId { get; init; }

    /// <summary>Status of the answer that the gateway gives by itself, or 200.</summary>
    public int Status => Refusal?.Status ?? StatusCodes.Status200OK;

    public static Decision Refuse(RoutingOutcome outcome) => Refuse(Refusal.Of(outcome));

    public static Decision Refuse(Refusal refusal) => new(refusal.Outcome, Node: null) { Refusal = refusal };
}
