namespace Proxy.Outcomes;

/// <summary>An answer that the gateway gives by itself; every such answer is written from one.</summary>
/// <param name="Outcome">Why; one of those that are refusals.</param>
/// <param name="Detail">What is answered instead of the outcome's own text because it says more, or <see langword="null"/>.</param>
internal sealed record Refusal(RoutingOutcome Outcome, string? Detail = null)
{
    // A decision to refuse allocates nothing.
    private static readonly Refusal[] Usual = [.. Enum.GetValues<RoutingOutcome>().Select(outcome => new Refusal(outcome))];

    /// <summary>One of the outcome's statuses, by default the usual one; or a status that a router has chosen.</summary>
    public int Status { get; init; } = Outcome.Row().Status;

    /// <summary>Media type of the text.</summary>
    public string ContentType { get; init; } = "text/plain";

    /// <summary>The body of the answer.</summary>
    public string Text => Detail ?? Outcome.Row().TextOf(Status);

    /// <summary>The refusal with the outcome's usual status and text.</summary>
    public static Refusal Of(RoutingOutcome outcome) => Usual[(int)outcome];
}
