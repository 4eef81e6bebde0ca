using LoadTests.Comparison.Results;
using Xunit;

namespace EndToEndTests.LoadGenerator.Comparison;

public sealed class SpreadTests
{
    [Fact]
    public void Of_OddCount_IsTheMiddleOne() => Assert.Equal(new Spread(2, 1, 9), Spread.Of([9, 1, 2]));

    [Fact]
    public void Of_EvenCount_IsBetweenTheTwoInTheMiddle() => Assert.Equal(new Spread(2.5, 1, 9), Spread.Of([3, 9, 1, 2]));

    [Fact]
    public void Of_Nothing_IsNull() => Assert.Null(Spread.Of([]));
}
