using Proxy.Configuration;
using Xunit;

namespace Proxy.Tests.Configuration;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "", 3)]
    [InlineData("abc", "ABC", 0)]
    [InlineData("ruoter", "Router", 1)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("Cokie", "Cookie", 1)]
    public void Distance_TwoNames_CountsEdits(string left, string right, int edits) => Assert.Equal(edits, NearestName.Distance(left, right));

    [Theory]
    [InlineData("helth", "Health")]
    [InlineData("xyz", null)]
    [InlineData("tunel", "Tunnel")]
    public void Find_Name_GivesANearOne(string name, string? expected) => Assert.Equal(expected, NearestName.Find(name, ["Tunnel", "Health", "Scale"]));
}
