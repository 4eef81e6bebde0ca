using LoadTests.Comparison.Results;
using Xunit;

namespace EndToEndTests.LoadGenerator.Comparison;

public sealed class FigureRowTests
{
    [Theory]
    [InlineData(12, true)]
    [InlineData(13, false)]
    public void Of_SeveralPeers_JudgesByTheMedianOfTheBest(double ours, bool isMet)
    {
        var row = RowOf(new FigureDefinition("cpu", "µs", 1.2), ("ours", [ours, 1000, 0]), ("nginx", [10, 11, 9]), ("haproxy", [12, 12, 1]));

        Assert.Equal(("nginx", ours / 10, isMet), (row.BestPeer, row.RatioToBestPeer, row.IsMet));
        Assert.Equal(ours / 12, row.RatioTo("haproxy"));
        Assert.Equal(new Spread(10, 9, 11), row.Of("nginx"));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void Of_AnAbsoluteBudget_JudgesByOurs(double ours, bool isMet)
    {
        var row = RowOf(new FigureDefinition("failed", "", 0) { IsAbsolute = true }, ("ours", [ours]), ("nginx", [5]));

        Assert.Equal(isMet, row.IsMet);
    }

    [Fact]
    public void Of_ABaseline_IsTakenOffRoundByRoundAndNoPeer()
    {
        var row = RowOf(new FigureDefinition("delay", "µs", 2) { CountedFrom = "direct" }, ("ours", [30, 50]), ("nginx", [20, 40]), ("direct", [10, 30]));

        Assert.Equal((new Spread(20, 20, 20), "nginx", 2.0, true), (row.Ours, row.BestPeer, row.RatioToBestPeer, row.IsMet));
        Assert.Null(row.Of("direct"));
    }

    [Fact]
    public void Of_OnePeerOnlyCounts_OthersDoNot()
    {
        var row = RowOf(new FigureDefinition("cpu", "µs", 1.03) { ComparedWith = "none" }, ("ours", [20]), ("none", [20]), ("nginx", [10]));

        Assert.Equal(("none", 1.0), (row.BestPeer, row.RatioToBestPeer));
    }

    [Theory]
    [InlineData(null, 10.0)]
    [InlineData(1.0, null)]
    public void IsMet_NothingToJudgeBy_IsNull(double? budget, double? peer)
    {
        var figure = new FigureDefinition("cpu", "µs", budget);
        var row = peer is { } value ? RowOf(figure, ("ours", [20]), ("nginx", [value])) : RowOf(figure, ("ours", [20]));

        Assert.Null(row.IsMet);
    }

    private static FigureRow RowOf(FigureDefinition figure, params (string Contender, double[] Rounds)[] values) => FigureRow.Of(
        new CaseResult(
            "case", [figure], [.. values.SelectMany(pair => pair.Rounds.Select((value, round) => new Sample(pair.Contender, round, [value], 0, 0, 0, 0)))]),
        figure: 0);
}
