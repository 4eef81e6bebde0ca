using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Proxy.Requests;
using Xunit;

namespace Proxy.Tests.Requests;

/// <summary>Tagging an id on its way out and cutting the tag on its way in leaves every byte of a query as it was.</summary>
public sealed class TagSplicingTests
{
    private static readonly Gen<string> Text = Gen.ListOf(
        Gen.Elements("a", "Z", "9", "-", "_", ".", "~", "%", "%2", "%41", "%2e", "%c3%a4", "+", "=", "?", "/", "g1", ".g1", ",", ";", "ä"))
        .Select(string.Concat);

    private static readonly Gen<string> Names = Gen.Elements("access_token", "_", "a", "ids", "i", "", "di", "%69", "hub", "x%26y");

    private static readonly Gen<string> IdNames = Gen.Elements("id", "ID", "Id", "%69d", "i%64", "%49%44");

    private static readonly Gen<string> Tokens = Gen.ListOf(Gen.Elements("A", "b", "0", "-", "_", ".g1", "%2D", "%5F", "%"))
        .Select(string.Concat).Where(token => token.Length > 0);

    private static readonly Gen<Sample> Samples =
        from before in Gen.ListOf(Pair())
        from after in Gen.ListOf(Pair())
        from name in IdNames
        from token in Tokens
        from node in Gen.Choose(0, 1000)
        from encoded in Gen.ArrayOf(Gen.Choose(0, 2), Tag.SuffixLength)
        select new Sample([.. before], name, token, Encode(Tag.Prefix + Tag.Compute(key: null, "gateway", $"{node}"), encoded), [.. after]);

    private static readonly Gen<string> Queries =
        Gen.ListOf(Gen.OneOf(Text, Gen.Elements("&", "id=", "&id=", "sid=", "EIO=4", "connectionToken=", "clientProtocol=2.1", ".g1AbCdEfGh-_0")))
            .Select(parts => "?" + string.Concat(parts));

    [Property(MaxTest = 2000)]
    public Property Cut_WhateverWasTagged_IsTheOriginalQuery() => Prop.ForAll(Samples.ToArbitrary(), sample =>
    {
        var request = RequestReader.Read(Http.Get("/chat" + sample.Query(tagged: true)));

        Assert.Equal((true, false), (request.HasTag, request.IdIsRepeated));
        Assert.Equal(sample.Query(tagged: false), request.QueryWithoutTag());
        Assert.Equal(sample.Token, request.RawNodeId);
    });

    [Property]
    public Property CopyTag_WhateverWasTagged_IsTheTag() => Prop.ForAll(Samples.ToArbitrary(), sample =>
    {
        var tag = new char[Tag.Length];
        RequestReader.Read(Http.Get("/chat" + sample.Query(tagged: true))).CopyTag(tag);

        Assert.Equal(Uri.UnescapeDataString(sample.Suffix), Tag.Prefix + new string(tag));
    });

    [Property(MaxTest = 2000)]
    public Property Read_AnyQuery_PointsInsideAndKeepsUntaggedQueries() => Prop.ForAll(Queries.ToArbitrary(), query =>
    {
        var request = RequestReader.Read(Http.Get("/chat" + query));

        Assert.InRange(request.IdStart + request.IdLength, 0, query.Length);
        if (request.HasTag)
        {
            Assert.InRange(request.QueryWithoutTag().Length, 0, query.Length - 1);
        }
        else
        {
            Assert.Equal(query, request.QueryWithoutTag());
        }
    });

    private static Gen<string> Pair() =>
        from name in Names
        from hasValue in Gen.Elements(true, false)
        from value in Text
        select hasValue ? $"{name}={value}" : name;

    // 0: as it is, 1: %2e, 2: %2E.
    private static string Encode(string text, int[] how) => string.Concat(text.Select((c, i) => how[i] switch
    {
        0 => $"{c}",
        1 => $"%{(int)c:x2}",
        _ => $"%{(int)c:X2}",
    }));

    private sealed record Sample(string[] Before, string Name, string Token, string Suffix, string[] After)
    {
        public string Query(bool tagged) => "?" + string.Join('&', [.. Before, $"{Name}={Token}{(tagged ? Suffix : "")}", .. After]);

        public override string ToString() => Query(tagged: true);
    }
}
