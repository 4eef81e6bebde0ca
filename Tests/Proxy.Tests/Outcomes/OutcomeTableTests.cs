using Proxy.Outcomes;
using Tests.Common;
using Xunit;

namespace Proxy.Tests.Outcomes;

public sealed class OutcomeTableTests
{
    private static readonly RoutingOutcome[] All = Enum.GetValues<RoutingOutcome>();

    [Fact]
    public void Rows_OneForEachOutcome_UnderANameOfItsOwn()
    {
        Assert.Equal(All.Length, All.Select(outcome => outcome.Name()).Distinct(StringComparer.Ordinal).Count());
        Assert.All(All, outcome => Assert.Matches("^[a-z]+(-[a-z]+)*$", outcome.Name()));
    }

    [Fact]
    public void Rows_OfRefusals_HaveAnErrorStatusAndAText() =>
        Assert.All(All.Where(outcome => outcome.IsRefusal()), outcome => Assert.All(outcome.Row().Answers, answer =>
    {
        Assert.InRange(answer.Status, 400, 599);
        Assert.True(answer.Text.Length > 0 && System.Text.Ascii.IsValid(answer.Text)); // its length is the Content-Length
    }));

    [Fact]
    public void Rows_FoundOwner_IsNoRefusal()
    {
        Assert.All(All.Where(outcome => outcome.Row().Owner is OwnerLookup.Found), outcome => Assert.False(outcome.IsRefusal()));
        Assert.All(All.Where(outcome => outcome.Row().Owner is OwnerLookup.Unknown or OwnerLookup.Lost), outcome => Assert.True(outcome.IsRefusal()));
    }

    [Fact]
    public void Refusal_Status_ChoosesTheText()
    {
        var refusal = new Refusal(RoutingOutcome.OwnerUnreachable);

        Assert.Equal((502, "The hub node cannot be reached."), (refusal.Status, refusal.Text));
        Assert.Equal("The hub node did not answer in time.", (refusal with { Status = 504 }).Text);
        Assert.Equal("The hub node cannot be reached.", (refusal with { Status = 599 }).Text);
        Assert.Equal("Because.", new Refusal(RoutingOutcome.OwnerUnreachable, "Because.") { Status = 504 }.Text);
    }

    [Fact]
    public void TroubleshootingPage_ListsEveryOutcomeAndNoOther_WithItsAnswers()
    {
        var listed = File.ReadAllLines(Path.Combine(SolutionLayout.Root, "docs", "troubleshooting.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split(" | "))
            .Select(cells => (Name: cells[0].Trim('|', ' ', '`'), Answer: cells[1]));

        Assert.Equal(All.Select(outcome => (Name: outcome.Name(), Answer: Describe(outcome.Row()))), listed);
    }

    // The statuses that share a text stand in front of it.
    private static string Describe(OutcomeRow row) => row.IsRefusal
        ? string.Join(
            ", ", row.Answers.GroupBy(answer => answer.Text).Select(same => $"{string.Join(", ", same.Select(answer => answer.Status))} `{same.Key}`"))
        : "the node's";
}
