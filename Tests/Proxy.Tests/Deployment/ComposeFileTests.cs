using System.Globalization;
using Microsoft.Extensions.Configuration;
using Proxy.Configuration;
using Proxy.Tests.Configuration;
using StackExchange.Redis;
using Tests.Common;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Proxy.Tests.Deployment;

/// <summary>compose.yaml says what the gateway and the sample node understand.</summary>
public sealed class ComposeFileTests
{
    private static readonly string[] Nodes = ["a", "b"];

    private readonly YamlMappingNode _services = (YamlMappingNode)YamlFile.Read("compose.yaml").Single().At("services");

    public static TheoryData<string> Gateways => ["gateway-1", "gateway-2"];

    [Fact]
    public void Services_AreGatewaysAndNodesAndRedis() =>
        Assert.Equal(
            [.. Nodes, .. Gateways.Select(row => row.Data), "redis"], _services.Members().Select(service => service.Key).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Gateways))]
    public void Gateway_Environment_IsAccepted(string gateway)
    {
        var reading = Settings.Read(EnvironmentOf(gateway));

        Assert.Empty(reading.Errors.Select(error => error.Message));
        Assert.Empty(reading.Warnings);
        Assert.Equal(["http://a:5000", "http://b:5000"], reading.Options!.Nodes.Select(node => node.Value.Address.TrimEnd('/')).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Gateways))]
    public void Gateway_Nodes_AreServicesThatListenThere(string gateway)
    {
        foreach (var node in Settings.Read(EnvironmentOf(gateway)).Options!.Nodes)
        {
            var address = new Uri(node.Value.Address);
            Assert.Equal(node.Key, address.Host);
            Assert.Equal(ExposedBy("HubNode/Dockerfile"), address.Port.ToString(CultureInfo.InvariantCulture));
            Assert.Equal(node.Key, EnvironmentOf(address.Host)["HubNode:Name"]);
            Assert.Contains(_services.At(gateway, "depends_on").AllNodes.OfType<YamlScalarNode>(), name => name.Text() == address.Host);
        }
    }

    /// <summary>Replicas share nothing, Redis neither.</summary>
    [Theory]
    [MemberData(nameof(Gateways))]
    public void Gateway_Always_NeedsNoRedis(string gateway)
    {
        Assert.Equal(StoreKind.Memory, Settings.Read(EnvironmentOf(gateway)).Options!.Affinity.Store);
        Assert.DoesNotContain(_services.At(gateway, "depends_on").AllNodes.OfType<YamlScalarNode>(), name => name.Text() == "redis");
    }

    [Fact]
    public void Gateways_Ports_AreTwoThatLeadToTheirListeners()
    {
        var ports = Gateways.Select(row => Assert.Single((YamlSequenceNode)_services.At(row.Data, "ports")).Text().Split(':')).ToArray();

        Assert.All(ports, port => Assert.Equal(ExposedBy("Dockerfile"), port[1]));
        Assert.Equal(["8080", "8090"], ports.Select(port => port[0]));
        var firstLine = File.ReadLines(Path.Combine(SolutionLayout.Root, "compose.yaml")).First();
        Assert.All(ports, port => Assert.Contains($"http://localhost:{port[0]}", firstLine, StringComparison.Ordinal));
    }

    /// <summary>The nodes name one Redis, wait until it answers, and it is there.</summary>
    [Fact]
    public void Nodes_Backplane_IsTheServiceThatTheyWaitFor()
    {
        var endPoints = Nodes.Select(
            node => Assert.Single(ConfigurationOptions.Parse(EnvironmentOf(node)["Redis:Configuration"]!).EndPoints).ToString()).Distinct();

        Assert.Equal("Unspecified/redis:6379", Assert.Single(endPoints));
        Assert.StartsWith("redis:", _services.At("redis", "image").Text(), StringComparison.Ordinal); // the official image, which listens on 6379
        Assert.Equal(["CMD", "redis-cli", "ping"], ((YamlSequenceNode)_services.At("redis", "healthcheck", "test")).Select(word => word.Text()));
        Assert.All(Nodes, node => Assert.Equal("service_healthy", _services.At(node, "depends_on", "redis", "condition").Text()));
    }

    [Fact]
    public void Services_Builds_NameFilesThatExist()
    {
        foreach (var (_, service) in _services.Members().Where(service => service.Value.Has("build")))
        {
            var build = service.At("build");
            var (context, file) = build is YamlScalarNode folder ? (folder.Text(), "Dockerfile") : (build.At("context").Text(), build.At("dockerfile").Text());
            Assert.True(File.Exists(Path.Combine(SolutionLayout.Root, context, file)), file);
        }
    }

    [Theory]
    [MemberData(nameof(Gateways))]
    public void Gateway_StopGracePeriod_OutlastsTheShutdown(string gateway)
    {
        var seconds = int.Parse(_services.At(gateway, "stop_grace_period").Text().TrimEnd('s'), CultureInfo.InvariantCulture);

        Assert.True(TimeSpan.FromSeconds(seconds) > new ScaleOptions().ShutdownTimeout);
    }

    private static string ExposedBy(string dockerfile) =>
        File.ReadLines(Path.Combine(SolutionLayout.Root, dockerfile)).Single(line => line.StartsWith("EXPOSE ", StringComparison.Ordinal))["EXPOSE ".Length..];

    private IConfiguration EnvironmentOf(string service) => new ConfigurationBuilder()
        .AddInMemoryCollection(_services.At(service, "environment").Members().Select(variable =>
            KeyValuePair.Create(variable.Key.Replace("__", ":", StringComparison.Ordinal), (string?)variable.Value.Text())))
        .Build();
}
