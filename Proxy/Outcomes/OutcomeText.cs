namespace Proxy.Outcomes;

/// <summary>What each <see cref="Outcome"/> is called and answers: the one mapping.</summary>
internal static class OutcomeText
{
    /// <summary>The name in headers, logs, metrics and diagnostics.</summary>
    public static string Name(this Outcome outcome) => outcome switch
    {
        Outcome.Tag => "tag",
        Outcome.Store => "store",
        Outcome.Probe => "probe",
        Outcome.Cookie => "cookie",
        Outcome.ClientIp => "client-ip",
        Outcome.Router => "router",
        Outcome.BadTag => "bad-tag",
        Outcome.UnknownId => "unknown-id",
        Outcome.OwnerRemoved => "owner-removed",
        Outcome.OwnerRestarted => "owner-restarted",
        Outcome.OwnerUnreachable => "owner-unreachable",
        Outcome.NoNodeOnline => "no-node-online",
        Outcome.OverCapacity => "over-capacity",
        Outcome.StormQueueFull => "storm-queue-full",
        _ => "bad-request",
    };

    /// <summary>Status of a refusal.</summary>
    public static int Status(this Outcome outcome) => outcome switch
    {
        Outcome.BadTag or Outcome.UnknownId or Outcome.OwnerRemoved or Outcome.OwnerRestarted => StatusCodes.Status404NotFound,
        Outcome.OwnerUnreachable => StatusCodes.Status502BadGateway,
        Outcome.NoNodeOnline or Outcome.OverCapacity or Outcome.StormQueueFull => StatusCodes.Status503ServiceUnavailable,
        Outcome.BadRequest => StatusCodes.Status400BadRequest,
        _ => StatusCodes.Status200OK,
    };

    /// <summary>Text of a refusal. The 404s say what a node says (HttpConnectionDispatcher of ASP.NET Core), so that no client sees a difference.</summary>
    public static string Message(this Outcome outcome) => outcome switch
    {
        Outcome.BadTag or Outcome.UnknownId or Outcome.OwnerRemoved or Outcome.OwnerRestarted => "No Connection with that ID",
        Outcome.OwnerUnreachable => "The hub node cannot be reached.",
        Outcome.NoNodeOnline => "No hub node takes new connections.",
        Outcome.OverCapacity => "Every hub node is full.",
        Outcome.StormQueueFull => "Too many connections are being opened; try again.",
        _ => "Bad request.",
    };

    public static bool IsRefusal(this Outcome outcome) => outcome > Outcome.Router;
}
