using Microsoft.Extensions.Configuration;
using Proxy.Configuration;
using Proxy.Tests.Configuration;
using Tests.Common;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Proxy.Tests.Deployment;

/// <summary>compose.yaml says what the gateway understands.</summary>
public sealed class ComposeFileTests
{
    private readonly YamlMappingNode _services = (YamlMappingNode)YamlFile.Read("compose.yaml").Single().At("services");

    [Fact]
    public void Services_AreTheGatewayAndItsNodes() => Assert.Equal(["a", "b", "gateway"], _services.Members().Select(service => service.Key).Order(StringComparer.Ordinal));

    [Fact]
    public void Gateway_Environment_IsAccepted()
    {
        var reading = Settings.Read(EnvironmentOf("gateway"));

        Assert.Empty(reading.Errors.Select(error => error.Message));
        Assert.Empty(reading.Warnings);
        Assert.Equal(["http://a:5000", "http://b:5000"], reading.Options!.Nodes.Select(node => node.Value.Address.TrimEnd('/')).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Gateway_Nodes_AreServicesThatListenThere()
    {
        var port = File.ReadLines(Path.Combine(SolutionLayout.Root, "HubNode/Dockerfile")).Single(line => line.StartsWith("EXPOSE ", StringComparison.Ordinal))["EXPOSE ".Length..];

        foreach (var node in Settings.Read(EnvironmentOf("gateway")).Options!.Nodes)
        {
            var address = new Uri(node.Value.Address);
            Assert.Equal(node.Key, address.Host);
            Assert.Equal(port, address.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
            Assert.Equal(node.Key, EnvironmentOf(address.Host)["HubNode:Name"]);
            Assert.Contains(_services.At("gateway", "depends_on").AllNodes.OfType<YamlScalarNode>(), name => name.Text() == address.Host);
        }
    }

    [Fact]
    public void Services_Builds_NameFilesThatExist()
    {
        foreach (var (_, service) in _services.Members())
        {
            var build = service.At("build");
            var (context, file) = build is YamlScalarNode folder ? (folder.Text(), "Dockerfile") : (build.At("context").Text(), build.At("dockerfile").Text());
            Assert.True(File.Exists(Path.Combine(SolutionLayout.Root, context, file)), file);
        }
    }

    [Fact]
    public void Gateway_StopGracePeriod_OutlastsTheShutdown()
    {
        var seconds = int.Parse(_services.At("gateway", "stop_grace_period").Text().TrimEnd('s'), System.Globalization.CultureInfo.InvariantCulture);

        Assert.True(TimeSpan.FromSeconds(seconds) > new ScaleOptions().ShutdownTimeout);
    }

    private IConfiguration EnvironmentOf(string service) => new ConfigurationBuilder()
        .AddInMemoryCollection(_services.At(service, "environment").Members().Select(variable =>
            KeyValuePair.Create(variable.Key.Replace("__", ":", StringComparison.Ordinal), (string?)variable.Value.Text())))
        .Build();
}
