using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Proxy.Configuration;
using Xunit;

namespace Proxy.Tests.Configuration;

public sealed partial class AppSettingsTests
{
    private readonly string _text = RepositoryFile.Read("appsettings.json");

    [Fact]
    public void File_AsShipped_LacksOnlyNodes()
    {
        var reading = Settings.Read(Settings.Json(_text));

        Assert.Equal("Gateway:Nodes", Assert.Single(reading.Errors).Key);
        Assert.Empty(reading.Warnings);
    }

    [Fact]
    public void File_WithItsCommentsTakenAway_HasEveryOptionWithItsDefault()
    {
        var configuration = Settings.Json(CommentedOption().Replace(_text, ""));

        foreach (var (path, property) in OptionProperty.Leaves(typeof(GatewayOptions)).Where(l => !l.Property.IsNodes).Select(l => ("Gateway:" + l.Path, l.Property))
            .Concat(OptionProperty.Leaves(typeof(KestrelLimitOptions)).Select(l => ("Kestrel:Limits:" + l.Path, l.Property))))
        {
            var section = configuration.GetSection(path);
            Assert.Contains(section.Key, configuration.GetSection(path[..^(section.Key.Length + 1)]).GetChildren().Select(c => c.Key));
            var values = section.GetChildren().Select(c => c.Value).ToList();
            Assert.Equal(property.Default is IReadOnlyList<object> list ? string.Join(',',
                list) : property.Default is null || property.IsTexts ? null : OptionValue.Text(property.Default),
                property.IsList || property.IsSectionList ? string.Join(',', values) : section.Value, ignoreCase: true);
        }

        var options = Settings.Accepted(configuration);
        Assert.Equal(["a", "b", "standby"], options.Nodes.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(OptionProperty.Of(typeof(NodeOptions)).Select(p => p.Name).ToHashSet(),
            configuration.GetSection("Gateway:Nodes:b").GetChildren().Select(c => c.Key).ToHashSet());
        Assert.Null(NodeMetadata.Write(options.Nodes["b"]));
        options.Nodes = new GatewayOptions().Nodes;
        Assert.Equivalent(new GatewayOptions(), options, strict: true);
    }

    [Theory]
    [InlineData("Yarp.ReverseProxy.Forwarder.HttpForwarder", "Error")]
    [InlineData("Yarp.ReverseProxy.SessionAffinity", "Error")]
    [InlineData("Microsoft.AspNetCore", "Warning")]
    public void File_AsShipped_QuietsLogs(string category, string level) => Assert.Equal(level, Settings.Json(_text)[$"Logging:LogLevel:{category}"]);

    // "//  "Weight": 1" inside an object of nodes has spaces; a text begins with one space and a letter.
    [GeneratedRegex("""(?<=^[ ]*)//(?=["\]}]|  ["\]}])""", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CommentedOption();
}
