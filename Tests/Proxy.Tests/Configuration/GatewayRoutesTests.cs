using Proxy.Configuration;
using Xunit;
using Yarp.ReverseProxy.Configuration;

namespace Proxy.Tests.Configuration;

public sealed class GatewayRoutesTests
{
    [Fact]
    public void Map_Nodes_GivesOneRouteAndOneCluster()
    {
        var (routes, clusters) = GatewayRoutes.Map(Settings.Accepted(Settings.Of(
            "Gateway:Nodes:a=http://a", "Gateway:Nodes:b:secondary=http://b", "Gateway:Affinity:Cookie:Name=srv")));

        var route = Assert.Single(routes);
        Assert.Equal(("gateway", "gateway", "{**catch-all}"), (route.RouteId, route.ClusterId, route.Match.Path));
        var cluster = Assert.Single(clusters);
        Assert.Equal("gateway", cluster.ClusterId);
        Assert.Equal((true, "SignalR", "SignalR", "srv"),
            (cluster.SessionAffinity!.Enabled, cluster.SessionAffinity.Policy, cluster.SessionAffinity.FailurePolicy, cluster.SessionAffinity.AffinityKeyName));
        Assert.Equal(["a", "b"], cluster.Destinations!.Keys.Order(StringComparer.Ordinal));
        Assert.Null(cluster.Destinations["a"].Metadata);
        Assert.Equal([KeyValuePair.Create("EndpointType", "secondary")], cluster.Destinations["b"].Metadata!);
    }

    [Fact]
    public void Map_NoNodes_GivesNothing()
    {
        var (routes, clusters) = GatewayRoutes.Map(new GatewayOptions());

        Assert.Empty(routes);
        Assert.Empty(clusters);
    }

    [Theory]
    [InlineData(EndpointType.Primary, 1, 0, null, null, NodeProtocol.Http1, false)]
    [InlineData(EndpointType.Secondary, 1000, int.MaxValue, "https://x.example/y", "k e y", NodeProtocol.Http2, true)]
    public void NodeMetadata_WrittenAndRead_IsTheSame(
        EndpointType type, int weight, int capacity, string? url, string? key, NodeProtocol protocol, bool draining)
    {
        var node = new NodeOptions
        {
            Address = "http://n/",
            EndpointType = type,
            Weight = weight,
            ConnectionCapacity = capacity,
            PublicUrl = url,
            AffinityKey = key,
            Protocol = protocol,
            Draining = draining,
        };

        var read = NodeMetadata.Read(new DestinationConfig { Address = node.Address, Metadata = NodeMetadata.Write(node) }, out var errors);

        Assert.Empty(errors);
        Assert.Equivalent(node, read, strict: true);
    }

    [Fact]
    public void NodeMetadata_OwnKeys_AreReadStrictly()
    {
        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["EndpointType"] = "1",
            ["weight"] = "0",
            ["PublicUrl"] = "x",
            ["Draining"] = "yes",
            ["ConnectionCapacity"] = "10",
            ["TransportFailureRateHealthPolicy.RateLimit"] = "x",
        };

        var node = NodeMetadata.Read(new DestinationConfig { Address = "http://n", Metadata = metadata }, out var errors);

        Assert.Equal(["Draining", "EndpointType", "PublicUrl", "Weight"], errors.Select(e => e.Key).Order(StringComparer.Ordinal));
        Assert.Equal((10, 1, EndpointType.Primary), (node.ConnectionCapacity, node.Weight, node.EndpointType));
    }
}
