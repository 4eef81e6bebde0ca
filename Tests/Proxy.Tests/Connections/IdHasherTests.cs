using System.Text;
using FsCheck;
using FsCheck.Xunit;
using Proxy.Connections;
using Xunit;

namespace Proxy.Tests.Connections;

public sealed class IdHasherTests
{
    [Property]
    public void HashQueryValue_EncodedId_IsTheHashOfTheId(NonNull<string> any)
    {
        var hasher = new IdHasher("k");
        var bytes = Encoding.UTF8.GetBytes(any.Get);
        var id = Encoding.UTF8.GetString(bytes); // without half characters

        Assert.Equal(hasher.Hash(bytes), hasher.HashQueryValue(Uri.EscapeDataString(id)));
    }

    [Fact]
    public void HashQueryValue_LongId_IsHashedAllTheSame()
    {
        var id = string.Concat(Enumerable.Repeat("ä/+", 4000));

        Assert.Equal(new IdHasher("k").Hash(Encoding.UTF8.GetBytes(id)), new IdHasher("k").HashQueryValue(Uri.EscapeDataString(id)));
    }

    [Fact]
    public void Hash_ByKey_AgreesAmongReplicasOrNobody()
    {
        Assert.Equal(new IdHasher("k").Hash("x"u8), new IdHasher("k").Hash("x"u8));
        Assert.NotEqual(new IdHasher("k").Hash("x"u8), new IdHasher("l").Hash("x"u8));
        Assert.NotEqual(new IdHasher(null).Hash("x"u8), new IdHasher(null).Hash("x"u8));
        Assert.NotEqual(new IdHasher("k").Hash("x"u8), new IdHasher("k").Hash("y"u8));
    }

    [Theory]
    [InlineData("0123456789abcdef0123456789ABCDEF", true)]
    [InlineData("0123456789abcdef0123456789abcde", false)]
    [InlineData("0123456789abcdef0123456789abcdefa", false)]
    [InlineData("0123456789abcdef0123456789abcdeg", false)]
    [InlineData(" 123456789abcdef0123456789abcdef", false)]
    [InlineData("", false)]
    public void TryParse_ReadsWhatItWrites(string text, bool expected)
    {
        Assert.Equal(expected, IdKey.TryParse(text, out var key));
        Assert.Equal(expected ? text.ToLowerInvariant() : new string('0', 32), key.ToString());
    }
}
