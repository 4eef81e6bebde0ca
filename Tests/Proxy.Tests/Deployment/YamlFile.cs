using Tests.Common;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Proxy.Tests.Deployment;

/// <summary>YAML of the repository, read as the tools read it: anchors resolved, a key given twice refused.</summary>
internal static class YamlFile
{
    public static IReadOnlyList<YamlMappingNode> Read(string path)
    {
        using var reader = File.OpenText(Path.Combine(SolutionLayout.Root, path));
        var stream = new YamlStream();
        stream.Load(new MergingParser(new Parser(reader)));
        return [.. stream.Documents.Select(document => (YamlMappingNode)document.RootNode)];
    }

    /// <summary>The node below, by the names and numbers on the way to it.</summary>
    public static YamlNode At(this YamlNode node, params IEnumerable<object> path) =>
        path.Aggregate(node, static (at, step) => step is int index ? at[index] : at[(string)step]);

    public static string Text(this YamlNode node) => ((YamlScalarNode)node).Value ?? "";

    public static IEnumerable<KeyValuePair<string, YamlNode>> Members(this YamlNode node) =>
        ((YamlMappingNode)node).Children.Select(child => KeyValuePair.Create(child.Key.Text(), child.Value));

    public static bool Has(this YamlNode node, string name) => ((YamlMappingNode)node).Children.ContainsKey(new YamlScalarNode(name));
}
