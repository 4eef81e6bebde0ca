using Proxy.Requests;
using Xunit;

namespace Proxy.Tests.Requests;

public sealed class QueryParametersTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("?", "")]
    [InlineData("?a", "a=")]
    [InlineData("?a=", "a=")]
    [InlineData("?=b", "=b")]
    [InlineData("?a=b", "a=b")]
    [InlineData("a=b", "a=b")]
    [InlineData("??a=b", "?a=b")]
    [InlineData("?a=b=c", "a=b=c")]
    [InlineData("?a=b&c=d", "a=b|c=d")]
    [InlineData("?&&a=b&", "=|=|a=b")]
    [InlineData("?a=%26&b", "a=%26|b=")]
    [InlineData("?a=b?c&d;e=f", "a=b?c|d;e=f")]
    public void MoveNext_WalksThePairsAsTheyCame(string query, string expected)
    {
        Assert.Equal(expected, string.Join('|', Pairs(query)));
    }

    [Fact]
    public void Value_PointsIntoTheQuery()
    {
        const string query = "?first=1&id=abc&last";
        var pairs = new QueryParameters(query);
        while (pairs.MoveNext())
        {
            Assert.Equal(query.Substring(pairs.ValueStart, pairs.ValueLength), pairs.RawValue.ToString());
        }
    }

    [Theory]
    [InlineData("id", true)]
    [InlineData("ID", true)]
    [InlineData("%69d", true)]
    [InlineData("%69%64", true)]
    [InlineData("%49%44", true)]
    [InlineData("i%44", true)]
    [InlineData("", false)]
    [InlineData("i", false)]
    [InlineData("ids", false)]
    [InlineData("+id", false)]
    [InlineData("id%00", false)]
    [InlineData("%2569d", false)]
    [InlineData("%6gid", false)]
    [InlineData("%69", false)]
    [InlineData("%c4%b1d", false)] // a dotless i
    public void NameIs_ComparesDecodedWithoutCase(string raw, bool expected)
    {
        var pairs = new QueryParameters($"?{raw}=x");
        Assert.True(pairs.MoveNext());

        Assert.Equal(expected, pairs.NameIs("id"));

        // ASP.NET Core must come to the same result, or the gateway and the node would look at different parameters.
        Assert.Equal(expected, Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery($"?{raw}=x").ContainsKey("id"));
    }

    private static List<string> Pairs(string query)
    {
        var found = new List<string>();
        var pairs = new QueryParameters(query);
        while (pairs.MoveNext())
        {
            found.Add($"{pairs.RawName}={pairs.RawValue}");
        }

        return found;
    }
}
