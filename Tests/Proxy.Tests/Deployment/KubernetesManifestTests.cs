using System.Globalization;
using System.Text;
using Microsoft.Extensions.Configuration;
using Proxy.Tests.Configuration;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Proxy.Tests.Deployment;

/// <summary>The manifests say what the gateway understands, and fit together.</summary>
public sealed class KubernetesManifestTests
{
    private static readonly object[] FirstContainer = ["spec", "template", "spec", "containers", 0];

    private readonly List<YamlMappingNode> _manifests = [.. YamlFile.Read("deploy/kubernetes/gateway.yaml"),
        .. YamlFile.Read("deploy/kubernetes/hub-nodes.yaml")];

    [Fact]
    public void Manifests_AreOneOfEachKindAndName()
    {
        string[] expected = ["ConfigMap/gateway", "Deployment/gateway", "PodDisruptionBudget/gateway", "Service/gateway", "Service/hub", "StatefulSet/hub"];

        Assert.Equal(
            expected, _manifests.Select(manifest => $"{manifest.At("kind").Text()}/{manifest.At("metadata", "name").Text()}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Gateway_Configuration_IsAccepted()
    {
        var reading = Settings.Read(ReadConfiguration());

        Assert.Empty(reading.Errors.Select(error => error.Message));
        Assert.Empty(reading.Warnings);
    }

    [Fact]
    public void Gateway_Nodes_AreThePodsOfTheStatefulSet()
    {
        var nodes = Get("StatefulSet", "hub");
        var service = Get("Service", nodes.At("spec", "serviceName").Text());
        Assert.Equal("None", service.At("spec", "clusterIP").Text());
        var port = service.At("spec", "ports", 0, "port").Text();
        Assert.Equal(port, nodes.At(FirstContainer).At("ports", 0, "containerPort").Text());

        var replicas = int.Parse(nodes.At("spec", "replicas").Text(), CultureInfo.InvariantCulture);
        var expected = Enumerable.Range(0, replicas).Select(i => $"http://hub-{i}.hub:{port}");

        Assert.Equal(expected, Settings.Read(ReadConfiguration()).Options!.Nodes.Select(node => node.Value.Address.TrimEnd('/')).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Gateway_ConfigFile_IsWhereItIsMounted()
    {
        var gateway = Get("Deployment", "gateway");
        var container = gateway.At(FirstContainer);
        var volumes = ((YamlSequenceNode)gateway.At("spec", "template", "spec", "volumes")).Where(volume => volume.Has("configMap"));
        var volume = Assert.Single(volumes);
        var mount = ((YamlSequenceNode)container.At("volumeMounts")).Single(m => m.At("name").Text() == volume.At("name").Text());
        Assert.False(mount.Has("subPath")); // never changes

        var file = Get("ConfigMap", volume.At("configMap", "name").Text()).At("data").Members().Single().Key;
        Assert.Equal(["--config", $"{mount.At("mountPath").Text()}/{file}"], ((YamlSequenceNode)container.At("args")).Select(argument => argument.Text()));
    }

    [Fact]
    public void Gateway_Ports_AreThoseOfImageListenerAndService()
    {
        var container = Get("Deployment", "gateway").At(FirstContainer);
        var ports = ((YamlSequenceNode)container.At("ports")).ToDictionary(
            port => port.At("name").Text(), port => port.At("containerPort").Text(), StringComparer.Ordinal);

        Assert.Equal("8080", ports["http"]);
        Assert.Equal(ports["admin"], new Uri(ReadConfiguration()["Gateway:Admin:Url"]!).Port.ToString(CultureInfo.InvariantCulture));
        Assert.Equal("http", Get("Service", "gateway").At("spec", "ports", 0, "targetPort").Text());
        Assert.All(
            (string[])["startupProbe", "livenessProbe", "readinessProbe"], probe => Assert.Equal("admin", container.At(probe, "httpGet", "port").Text()));
    }

    [Fact]
    public void Gateway_GracePeriod_OutlastsPauseAndShutdown()
    {
        var gateway = Get("Deployment", "gateway");
        var pause = Seconds(gateway.At(FirstContainer).At("lifecycle", "preStop", "sleep", "seconds"));
        var shutdown = Settings.Read(ReadConfiguration()).Options!.Scale.ShutdownTimeout;

        Assert.True(Seconds(gateway.At("spec", "template", "spec", "terminationGracePeriodSeconds")) > pause + shutdown);
    }

    [Fact]
    public void Selectors_FindTheirPods()
    {
        foreach (var (kind, name) in ((string, string)[])[("Deployment", "gateway"), ("StatefulSet", "hub")])
        {
            var manifest = Get(kind, name);
            var label = manifest.At("spec", "template", "metadata", "labels", "app").Text();
            Assert.Equal(label, manifest.At("spec", "selector", "matchLabels", "app").Text());
            Assert.Equal(label, Get("Service", name).At("spec", "selector", "app").Text());
        }
    }

    private static TimeSpan Seconds(YamlNode node) => TimeSpan.FromSeconds(int.Parse(node.Text(), CultureInfo.InvariantCulture));

    private YamlMappingNode Get(string kind, string name) =>
        _manifests.Single(manifest => manifest.At("kind").Text() == kind && manifest.At("metadata", "name").Text() == name);

    /// <summary>The mounted file and, over it, the environment, with a text in place of each secret.</summary>
    private IConfigurationRoot ReadConfiguration()
    {
        var file = Get("ConfigMap", "gateway").At("data", "gateway.json").Text();
        var environment = (YamlSequenceNode)Get("Deployment", "gateway").At(FirstContainer).At("env");
        return new ConfigurationBuilder()
            .AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(file)))
            .AddInMemoryCollection(environment.Select(variable => KeyValuePair.Create(
                variable.At("name").Text().Replace("__", ":", StringComparison.Ordinal),
                (string?)(variable.Has("value") ? variable.At("value").Text() : "0123456789abcdef0123456789abcdef"))))
            .Build();
    }
}
