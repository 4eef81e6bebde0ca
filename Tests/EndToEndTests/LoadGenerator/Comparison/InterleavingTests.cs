using LoadTests.Comparison;
using Xunit;

namespace EndToEndTests.LoadGenerator.Comparison;

public sealed class InterleavingTests
{
    [Theory]
    [InlineData(0, "ABCD")]
    [InlineData(1, "BCDA")]
    [InlineData(3, "DABC")]
    [InlineData(5, "BCDA")]
    public void Order_EachRound_BeginsWithTheNext(int round, string order) =>
        Assert.Equal(order, string.Concat(Interleaving.Order(["A", "B", "C", "D"], round)));
}
