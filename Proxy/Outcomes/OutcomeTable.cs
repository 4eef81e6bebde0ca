namespace Proxy.Outcomes;

/// <summary>One row for each <see cref="RoutingOutcome"/>; docs/troubleshooting.md lists the same names and answers.</summary>
internal static class OutcomeTable
{
    /// <summary>What a node itself says (HttpConnectionDispatcher of ASP.NET Core), so that clients see no difference.</summary>
    private static readonly (int, string) NoConnection = (StatusCodes.Status404NotFound, "No Connection with that ID");

    private const string BodyNotRead = "The request's body could not be read.";

    private static readonly OutcomeRow[] Rows = [.. Enum.GetValues<RoutingOutcome>().Select(Create)];

    public static OutcomeRow Row(this RoutingOutcome outcome) => Rows[(int)outcome];

    public static string Name(this RoutingOutcome outcome) => outcome.Row().Name;

    public static bool IsRefusal(this RoutingOutcome outcome) => outcome.Row().IsRefusal;

    // There is no default arm: the compiler asks for the row of a new outcome.
    private static OutcomeRow Create(RoutingOutcome outcome) => outcome switch
    {
        RoutingOutcome.Tag => new("tag") { Owner = OwnerLookup.Found, NamesTaggedId = true },
        RoutingOutcome.Store => new("store") { Owner = OwnerLookup.Found },
        RoutingOutcome.Probe => new("probe") { Owner = OwnerLookup.Found },
        RoutingOutcome.Cookie => new("cookie") { IsKeptByCookie = true },
        RoutingOutcome.ForeignCookie => new("foreign-cookie") { IsKeptByCookie = true },
        RoutingOutcome.PrivateConnection => new("private-connection") { IsKeptByCookie = true, IsReplayable = false },
        RoutingOutcome.ClientIp => new("client-ip"),
        RoutingOutcome.Router => new("router") { IsKeptByCookie = true },
        RoutingOutcome.BadTag => new("bad-tag", NoConnection) { Owner = OwnerLookup.Unknown, NamesTaggedId = true },
        RoutingOutcome.UnknownId => new("unknown-id", NoConnection) { Owner = OwnerLookup.Unknown },
        RoutingOutcome.OwnerRemoved => new("owner-removed", NoConnection) { Owner = OwnerLookup.Lost, NamesTaggedId = true },
        RoutingOutcome.OwnerRestarted => new("owner-restarted", NoConnection) { Owner = OwnerLookup.Lost, NamesTaggedId = true },
        RoutingOutcome.OwnerUnreachable => new(
            "owner-unreachable",
            (StatusCodes.Status502BadGateway, "The hub node cannot be reached."),
            (StatusCodes.Status504GatewayTimeout, "The hub node did not answer in time."))
        { IsReplayable = false },
        RoutingOutcome.NoNodeOnline => new("no-node-online", (StatusCodes.Status503ServiceUnavailable, "No hub node takes new connections.")),
        RoutingOutcome.OverCapacity => new("over-capacity", (StatusCodes.Status503ServiceUnavailable, "Every hub node is full.")),
        RoutingOutcome.StormQueueFull => new(
            "storm-queue-full", (StatusCodes.Status503ServiceUnavailable, "Too many connections are being opened; try again."))
        { IsReplayable = false },
        RoutingOutcome.TooManyWebSockets => new(
            "too-many-websockets", (StatusCodes.Status503ServiceUnavailable, "Too many WebSockets are open; try again."))
        { IsReplayable = false },
        RoutingOutcome.BadRequest => new(
            "bad-request",
            (StatusCodes.Status400BadRequest, BodyNotRead),
            (StatusCodes.Status408RequestTimeout, BodyNotRead),
            (StatusCodes.Status413PayloadTooLarge, BodyNotRead))
        { IsReplayable = false },
        RoutingOutcome.ConnectionBasedAuth => new(
            "connection-based-auth",
            (StatusCodes.Status505HttpVersionNotsupported, "NTLM and Negotiate need HTTP/1.1."),
            (StatusCodes.Status502BadGateway, "NTLM and Negotiate need a hub node with HTTP/1.1."))
        { IsReplayable = false },
    };
}
