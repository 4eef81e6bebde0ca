namespace Proxy.Outcomes;

/// <summary>Everything that the gateway knows of one <see cref="RoutingOutcome"/>.</summary>
/// <param name="Name">The name in headers, logs, metrics and diagnostics; public, and never changed.</param>
/// <param name="Answers">What a refusal is answered with, the usual answer first; empty where the node answers.</param>
internal sealed record OutcomeRow(string Name, params (int Status, string Text)[] Answers)
{
    /// <summary>The gateway answers by itself.</summary>
    public bool IsRefusal => Answers.Length > 0;

    /// <summary>The usual status of the gateway's own answer; 200 where the node answers.</summary>
    public int Status => IsRefusal ? Answers[0].Status : StatusCodes.Status200OK;

    /// <summary>What became of the look-up of the id's owner.</summary>
    public OwnerLookup Owner { get; init; }

    /// <summary>The request's id carries a tag, where it has one at all: the node knows the id without it.</summary>
    public bool NamesTaggedId { get; init; }

    /// <summary>The client's affinity cookie is to name the node that answers.</summary>
    public bool IsKeptByCookie { get; init; }

    /// <summary>Another configuration could have decided otherwise; <see langword="false"/> for what went wrong before or after the decision.</summary>
    public bool IsReplayable { get; init; } = true;

    /// <summary>The text of an answer with this status; a status that is not listed gets the usual text.</summary>
    public string TextOf(int status)
    {
        foreach (var answer in Answers)
        {
            if (answer.Status == status)
            {
                return answer.Text;
            }
        }

        return Answers[0].Text;
    }
}
