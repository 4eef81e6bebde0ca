using System.Text.RegularExpressions;
using Proxy.Configuration;
using Xunit;

namespace Proxy.Tests.Configuration;

/// <summary>docs/configuration.md says what the code does.</summary>
public sealed partial class ConfigurationPageTests
{
    private readonly string _page = RepositoryFile.Read("docs/configuration.md");

    [Fact]
    public void Tables_HaveEveryOptionAndNoOther()
    {
        var options = OptionProperty.Leaves(typeof(GatewayOptions)).Where(l => !l.Property.IsNodes).Select(l => "Gateway:" + l.Path)
            .Concat(OfKestrel().Select(l => "Kestrel:" + l.Path));

        Assert.Equal(options.Order(StringComparer.Ordinal), Rows().Keys.Where(
            k => k.StartsWith("Gateway:", StringComparison.Ordinal) || k.StartsWith("Kestrel:", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Tables_OfKestrel_AreTrue()
    {
        var rows = Rows();
        foreach (var (path, property) in OfKestrel())
        {
            Check(rows["Kestrel:" + path], property, property.NeedsRestart ? "restart" : "live");
        }
    }

    [Fact]
    public void Tables_OfOptions_AreTrue()
    {
        var rows = Rows();
        foreach (var (path, property) in OptionProperty.Leaves(typeof(GatewayOptions)).Where(l => !l.Property.IsNodes))
        {
            var name = (path.StartsWith("Affinity:", StringComparison.Ordinal) ? path["Affinity:".Length..] : path).Replace(':', '.');
            var applies = (property.NeedsRestart ? "restart" : "live") + (ClusterOptions.Names.Contains(name,
                StringComparer.OrdinalIgnoreCase) ? ", cluster" : "");

            Check(rows["Gateway:" + path], property, applies);
        }
    }

    [Fact]
    public void Table_OfANode_IsTrue()
    {
        var rows = Rows();
        foreach (var (path, property) in OptionProperty.Leaves(typeof(NodeOptions)).Where(leaf => leaf.Path != nameof(NodeOptions.Address)))
        {
            Check(rows[path], property, "live");
        }

        Assert.True(rows.ContainsKey(nameof(NodeOptions.Address)));
    }

    [Fact]
    public void Table_OfAForeignCookie_IsTrue()
    {
        var rows = Rows();
        foreach (var property in OptionProperty.Of(typeof(ForeignCookieOptions)))
        {
            Check(rows[property.Name], property, "live");
        }
    }

    [Fact]
    public void Examples_OfMistakes_AreReal()
    {
        var blocks = Block().Matches(
            _page[_page.IndexOf("<!-- the next two blocks", StringComparison.Ordinal)..]).Select(m => m.Groups["text"].Value.Trim()).ToList();

        var reading = Settings.Read(Settings.Json(blocks[0]));

        Assert.Equal(blocks[1].Split('\n'), reading.Errors.Select(e => e.Message));

        var warnings = Settings.Read(Settings.WithNode(
            "Gateway:Nodes:b:secondary=http://127.0.0.1:5001", "Gateway:Affinity:Keys:0=short", "Gateway:Timeouts:LongPoll=00:01:00", "Gatway:Router=random"));

        Assert.Equal(blocks[2].Split('\n'), warnings.Warnings);
    }

    [Fact]
    public void Examples_OfFiles_AreAccepted()
    {
        foreach (var example in Block().Matches(
            _page[.._page.IndexOf("<!-- the next two blocks", StringComparison.Ordinal)]).Where(m => m.Groups["kind"].Value == "json"))
        {
            Assert.NotNull(Settings.Accepted(Settings.Json(example.Groups["text"].Value)));
        }
    }

    // Certificates and endpoints stand in tables of their own.
    private static IEnumerable<(string Path, OptionProperty Property)> OfKestrel() =>
        OptionProperty.Leaves(typeof(KestrelOptions)).Where(l => !l.Path.StartsWith("Certificates:", StringComparison.Ordinal));

    private static void Check(string[] row, OptionProperty property, string applies)
    {
        if (property.Type.IsEnum)
        {
            Assert.Equal(EnumNames.List(property.Type), row[1].Replace("`", "", StringComparison.Ordinal));
        }
        else if (property.Limits is not null)
        {
            Assert.Equal(OptionValue.Rule(property).Replace(" as hours:minutes:seconds", "", StringComparison.Ordinal), row[1]);
        }

        var text = property.Default is IReadOnlyList<object> list
            ? list.Count == 0 ? "[]" : $"[ {string.Join(", ", list.Select(i => $"\"{i}\""))} ]"
            : property.IsTexts ? "{}" : OptionValue.Text(property.Default);
        Assert.Equal($"`{text}`", row[2]);
        Assert.Equal(applies, row[3]);
    }

    /// <summary>Rows with five cells, by the name in the first.</summary>
    private Dictionary<string, string[]> Rows() => _page.Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal))
        .Select(l => l.Split('|')[1..^1].Select(c => c.Trim()).ToArray()).Where(c => c.Length == 5)
        .ToDictionary(c => c[0].Trim('`'), StringComparer.Ordinal);

    [GeneratedRegex(
        @"^```(?<kind>\w+)\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Block();
}
