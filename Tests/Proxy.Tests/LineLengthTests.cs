using Tests.Common;
using Xunit;

namespace Proxy.Tests;

/// <summary>No line of code is longer than <c>max_line_length</c> in .editorconfig; neither the compiler nor <c>dotnet format</c> looks at that key.</summary>
/// <remarks>A line may be longer for the sake of a text in it: a message, a request, a piece of JSON.</remarks>
public sealed class LineLengthTests
{
    private static readonly string[] Folders = ["Demo", "EventLoops", "HubNode", "LoadTests", "Proxy", "Tests"];

    [Fact]
    public void Lines_OfCode_AreNotTooLong()
    {
        var setting = File.ReadLines(Path.Combine(SolutionLayout.Root, ".editorconfig")).Single(line => line.StartsWith("max_line_length", StringComparison.Ordinal));
        var max = int.Parse(setting.Split('=')[1]);
        var files = Folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(SolutionLayout.Root, folder), "*.cs", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(SolutionLayout.Root, file).Replace('\\', '/'))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/node_modules/", StringComparison.Ordinal))
            .ToList();

        Assert.True(files.Count > 500, $"Only {files.Count} files were found.");
        Assert.Empty(files.SelectMany(file => File.ReadLines(Path.Combine(SolutionLayout.Root, file)).Index()
            .Where(line => line.Item.Length > max && !line.Item.Contains('"', StringComparison.Ordinal))
            .Select(line => $"{file}({line.Index + 1}): {line.Item.Length} characters")));
    }
}
