using System.Xml.Linq;
using Proxy.Configuration;
using Xunit;

namespace Proxy.Tests.Configuration;

/// <summary>The comment of each option gives its range and its default, and both are those of the code.</summary>
public sealed class OptionCommentsTests
{
    private static readonly Dictionary<string, string> Values = XDocument.Load(Path.Combine(AppContext.BaseDirectory, "Proxy.xml")).Descendants("member")
        .Where(member => member.Element("value") is not null)
        .ToDictionary(member => member.Attribute("name")!.Value, member => member.Element("value")!.Value, StringComparer.Ordinal);

    public static TheoryData<string> Options { get; } = [.. Everything().Select(option => option.Member)];

    [Theory]
    [MemberData(nameof(Options))]
    public void Comment_OfAnOption_GivesRangeAndDefault(string member)
    {
        var property = Everything().Single(option => option.Member == member).Property;
        var value = Assert.Contains(member, (IDictionary<string, string>)Values);

        Assert.EndsWith($"Default: {Text(property.Default)}.", value, StringComparison.Ordinal);
        Assert.Contains(property.Limits is { } limits ? $"{limits}." : "", value, StringComparison.Ordinal);
    }

    // What an endpoint and a certificate have of their own has no defaults. A class of options may be used in several places.
    private static IEnumerable<(string Member, OptionProperty Property)> Everything() => All(typeof(GatewayOptions)).Concat(All(typeof(NodeOptions)))
        .Concat(All(typeof(ForeignCookieOptions))).Concat(All(typeof(KestrelOptions))).DistinctBy(option => option.Member)
        .Where(option => !option.Member.Contains(".CertificateOptions", StringComparison.Ordinal));

    private static IEnumerable<(string Member, OptionProperty Property)> All(Type type) =>
        OptionProperty.Of(type).Where(property => !property.IsNodes && !property.IsMap).SelectMany(property =>
        property.IsSection ? All(property.Type)
        : type == typeof(NodeOptions) && property.Name == nameof(NodeOptions.Address) ? [] // it has no default
        : [($"P:{type.FullName}.{property.Name}", property)]);

    private static string Text(object? value) => value switch
    {
        IReadOnlyList<object> list => list.Count == 0 ? "none" : string.Join(", ", list),
        null or IReadOnlyDictionary<string, string> => "none",
        _ => OptionValue.Text(value),
    };
}
