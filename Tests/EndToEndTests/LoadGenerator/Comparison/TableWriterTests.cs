using LoadTests.Comparison.Results;
using Xunit;

namespace EndToEndTests.LoadGenerator.Comparison;

public sealed class TableWriterTests
{
    private static readonly FigureDefinition Cpu = new("CPU per message", "µs", 1.2);

    [Fact]
    public void Write_ARow_HasValuesRatiosAndVerdict()
    {
        var row = Row(Cpu, ("ours", new Spread(12, 11, 130)), ("nginx", new Spread(10, 9.5, 10.25)), ("haproxy", new Spread(16, 16, 16)));

        Assert.Equal(
            [
                "| case | figure | unit | ours | nginx | haproxy | of best peer | of nginx | budget | met |",
                "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
                "| echo | CPU per message | µs | 12.0 (11.0..130) | 10.0 (9.50..10.3) | 16.0 (16.0..16.0) | 1.20 | 1.20 | 1.2 | yes |",
            ],
            Lines(TableWriter.Write([row], ["nginx", "haproxy"])));
    }

    [Fact]
    public void Write_APeerThatDidNotRun_IsADash()
    {
        var row = Row(Cpu, ("ours", new Spread(12, 11, 13)));

        Assert.Equal("| echo | CPU per message | µs | 12.0 (11.0..13.0) | - | - | - | 1.2 | - |", Lines(TableWriter.Write([row], ["nginx"]))[^1]);
    }

    [Fact]
    public void Write_ARowWithAPeerOfItsOwn_NamesItBesideOurs()
    {
        var row = Row(Cpu with { ComparedWith = "none" }, ("ours", new Spread(10, 10, 10)), ("none", new Spread(8, 8, 8)));

        Assert.Equal(
            "| echo | CPU per message | µs | 10.0 (10.0..10.0); none: 8.00 (8.00..8.00) | - | 1.25 | - | 1.2 | no |",
            Lines(TableWriter.Write([row], ["nginx"]))[^1]);
    }

    [Fact]
    public void WriteLoads_SeveralRounds_AreMedians()
    {
        var result = new CaseResult(
            "echo", [Cpu], [new("ours", 0, [1], 0.5, 0.25, 1, 100), new("ours", 1, [1], 0.7, 0.35, 2, 300), new("ours", 2, [1], 0.6, 0.3, 0, 200)]);

        Assert.Equal("| echo | ours | 0.60 | 0.30 | 200 | 3 |", Lines(TableWriter.WriteLoads([result]))[^1]);
    }

    [Fact]
    public void Insert_BetweenTheComments_ReplacesWhatWasThere()
    {
        var page = $"before\n{TableWriter.Begin}\nold\n{TableWriter.End}\nafter\n";

        Assert.Equal($"before\n{TableWriter.Begin}\n\nnew\n\n{TableWriter.End}\nafter\n", TableWriter.Insert(page, "new\n"));
    }

    [Theory]
    [InlineData("no comments")]
    [InlineData(TableWriter.End + TableWriter.Begin)]
    [InlineData(TableWriter.Begin)]
    public void Insert_NoPairOfComments_Throws(string page) => Assert.Throws<InvalidDataException>(() => TableWriter.Insert(page, "new"));

    private static FigureRow Row(FigureDefinition figure, params (string Contender, Spread Spread)[] values) =>
        new("echo", figure, values.ToDictionary(pair => pair.Contender, pair => pair.Spread));

    private static string[] Lines(string text) => text.TrimEnd().Split('\n');
}
