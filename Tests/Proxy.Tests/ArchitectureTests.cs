using System.Text.RegularExpressions;
using Tests.Common;
using Xunit;

namespace Proxy.Tests;

/// <summary>A folder of <c>Proxy/</c> imports only folders that stand above it in the table "Folders" of docs/architecture.md.</summary>
public sealed partial class ArchitectureTests
{
    /// <summary>In milliseconds; a file is matched in far less.</summary>
    private const int LongestMatch = 10_000;

    private static readonly string Product = Path.Combine(SolutionLayout.Root, "Proxy");

    private static readonly string[] Order = [.. FolderRow().Matches(
        File.ReadAllText(Path.Combine(SolutionLayout.Root, "docs", "architecture.md"))).Select(row => row.Groups["folder"].Value)];

    [Fact]
    public void Folders_All_StandInTheTable() =>
        Assert.Equal(Directory.EnumerateDirectories(Product).Select(Path.GetFileName).Except(["bin", "obj"]).Order(), Order.Order());

    [Fact]
    public void Folders_ImportOnlyWhatStandsAboveThem()
    {
        var program = Directory.EnumerateFiles(Product, "*.cs").Select(file => Path.GetFileName(file).Split('.')[0]).ToHashSet();
        List<string> wrong = [];
        foreach (var (below, folder) in Order.Index())
        {
            foreach (var file in Directory.EnumerateFiles(Path.Combine(Product, folder), "*.cs", SearchOption.AllDirectories))
            {
                var code = Comment().Replace(File.ReadAllText(file), "");
                var imports = Import().Matches(code).Select(match => match.Groups["folder"].Value)
                    .Concat(Qualified().Matches(code).Where(
                        match => IsTypeOf(match.Groups["folder"].Value, match.Groups["type"].Value)).Select(match => match.Groups["folder"].Value))
                    .Distinct();
                wrong.AddRange(
                    imports.Where(import => Array.IndexOf(Order, import) > below).Select(import => $"{folder}/{Path.GetFileName(file)} imports {import}"));

                // The namespace of the program itself is open to every folder without a using directive.
                wrong.AddRange(Word().Matches(code).Select(match => match.Value).Distinct().Where(program.Contains).Select(
                    type => $"{folder}/{Path.GetFileName(file)} uses {type}"));
            }
        }

        Assert.Empty(wrong);
    }

    private static bool IsTypeOf(string folder, string type) =>
        Order.Contains(folder) && Directory.EnumerateFiles(Path.Combine(Product, folder), $"{type}.cs", SearchOption.AllDirectories).Any();

    [GeneratedRegex(@"^\| `(?<folder>\w+)/` \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, LongestMatch)]
    private static partial Regex FolderRow();

    [GeneratedRegex("//.*$|\"[^\"\n]*\"", RegexOptions.Multiline, LongestMatch)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\bProxy\.(?<folder>\w+)", RegexOptions.ExplicitCapture, LongestMatch)]
    private static partial Regex Import();

    // Inside the namespace of the program a folder's name alone qualifies a type.
    [GeneratedRegex(@"(?<![\w.])(?<folder>[A-Z]\w+)\.(?<type>[A-Z]\w+)", RegexOptions.ExplicitCapture, LongestMatch)]
    private static partial Regex Qualified();

    [GeneratedRegex(@"(?<![\w.])[A-Z]\w+", RegexOptions.ExplicitCapture, LongestMatch)]
    private static partial Regex Word();
}
