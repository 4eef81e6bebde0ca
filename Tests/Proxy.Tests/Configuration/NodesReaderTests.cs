using Microsoft.Extensions.Configuration;
using Proxy.Configuration;
using Xunit;

namespace Proxy.Tests.Configuration;

public sealed class NodesReaderTests
{
    private const string Primary = "Gateway:Nodes:main=http://10.0.0.9:80";

    // The table of AzureSignalR's ServiceEndpoint.Parse (ServiceEndpointFacts), with our answers where the SDK guesses.
    [Theory]
    [InlineData("foo", EndpointType.Primary)]
    [InlineData("foo:primary", EndpointType.Primary)]
    [InlineData("foo:secondary", EndpointType.Secondary)]
    [InlineData("foo:SECONDARY", EndpointType.Secondary)]
    [InlineData("a.b-c_D9:Secondary", EndpointType.Secondary)]
    public void Node_KeyOfTheGrammar_IsRead(string key, EndpointType type)
    {
        var options = Settings.Accepted(Settings.Of(Primary, $"Gateway:Nodes:{key}=http://foo:5000"));

        var node = options.Nodes[key.Split(':')[0]];
        Assert.Equal("http://foo:5000", node.Address);
        Assert.Equal(type, node.EndpointType);
        Assert.Equal(2, options.Nodes.Count);
    }

    [Theory]
    [InlineData("foo:bar", "Gateway:Nodes:foo:bar names neither a type (primary, secondary) nor a property")]
    [InlineData("foo:1", "Gateway:Nodes:foo:1 names neither")]
    [InlineData("foo:7", "Gateway:Nodes:foo:7 names neither")]
    [InlineData("foo:primary,secondary", "names neither")]
    [InlineData("foo:secundary", "the nearest is 'secondary'")]
    [InlineData("foo:wieght", "the nearest is 'Weight'")]
    [InlineData("foo:primary:x", "Gateway:Nodes:foo:primary:x has one segment too many")]
    [InlineData("foo:Address:x", "Gateway:Nodes:foo:Address is a single value but has keys below it (x)")]
    [InlineData(":secondary", "is not a node's name")]
    [InlineData("f oo", "is not a node's name")]
    [InlineData("föö", "is not a node's name")]
    public void Node_KeyOutsideTheGrammar_IsAnError(string key, string message)
    {
        var reading = Settings.Read(Settings.Of(Primary, $"Gateway:Nodes:{key}=http://foo:5000"));

        Assert.Null(reading.Options);
        Assert.Contains(reading.Errors, e => e.Message.Contains(message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://10.0.0.1:5000")]
    [InlineData("https://node.example/prefix/")]
    [InlineData("http://[fd00::1]:5000")]
    [InlineData(" http://hub_node-0.hubs:5000 ")]
    public void Address_AbsoluteHttp_IsAccepted(string address)
    {
        Assert.Equal(address.Trim(), Settings.Accepted(Settings.Of($"Gateway:Nodes:a={address}")).Nodes["a"].Address);
    }

    [Theory]
    [InlineData("a:5000", "such as http://127.0.0.1:5000")]
    [InlineData("127.0.0.1:5000", "such as http://127.0.0.1:5000")]
    [InlineData("/a", "such as")]
    [InlineData("ws://a:5000", "such as")]
    [InlineData("ftp://a", "such as")]
    [InlineData("http:/a", "such as")]
    [InlineData("http://a:70000", "such as")]
    [InlineData("http://*:5000", "not what it listens on")]
    [InlineData("http://+:5000", "not what it listens on")]
    [InlineData("http://a:0", "port from 1 to 65535")]
    [InlineData("http://a?x=1", "without a query")]
    [InlineData("http://a/#x", "without a fragment")]
    [InlineData("http://user@a", "without user name or password")]
    [InlineData("http://http://a", "one scheme")]
    public void Address_Unusable_IsAnErrorThatSaysWhy(string address, string reason)
    {
        var error = Settings.SingleError(Settings.Of(Primary, $"Gateway:Nodes:b:secondary={address}"));

        Assert.StartsWith("Gateway:Nodes:b:secondary is '", error, StringComparison.Ordinal);
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.EndsWith("; the node would get no connection.", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://user:hunter2@a:5000")]
    [InlineData("http://user:hunt@hunter2@a:5000")]
    [InlineData("user:hunter2@a:5000")]
    public void Address_WithPassword_IsNotShown(string address)
    {
        var error = Settings.SingleError(Settings.Of(Primary, $"Gateway:Nodes:b={address}"));

        Assert.DoesNotContain("hunter2", error, StringComparison.Ordinal);
        Assert.Contains("***@a:5000", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Node_ObjectForm_IsRead()
    {
        var node = Settings.Accepted(Settings.Json("""
            { "Gateway": { "Nodes": { "b": { "address": "https://b/x", "EndpointType": "PRIMARY", "Weight": 7, "ConnectionCapacity": 1000,
              "PublicUrl": "https://b.example", "AffinityKey": "stable", "Protocol": "HTTP2", "Draining": true } } } }
            """)).Nodes["B"];

        Assert.Equal("https://b/x", node.Address);
        Assert.Equal(
            (EndpointType.Primary, 7, 1000, NodeProtocol.Http2, true), (node.EndpointType, node.Weight, node.ConnectionCapacity, node.Protocol, node.Draining));
        Assert.Equal(("https://b.example", "stable"), (node.PublicUrl, node.AffinityKey));
    }

    [Fact]
    public void Node_ContractSample_HasItsDefaults()
    {
        var options = Settings.Accepted(Settings.Json("""
            { "Gateway": { "Nodes": { "a": "http://127.0.0.1:5000",
              "b": { "Address": "http://127.0.0.1:5002", "EndpointType": "primary", "Weight": 1, "ConnectionCapacity": 0, "PublicUrl": null, "AffinityKey": null, "Protocol": "http1", "Draining": false },
              "standby:secondary": "http://127.0.0.1:5004" } } }
            """));

        Assert.Equal(["a", "b", "standby"], options.Nodes.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(EndpointType.Secondary, options.Nodes["standby"].EndpointType);
        Assert.Null(options.Nodes["b"].PublicUrl);
        Assert.Null(options.Nodes["b"].AffinityKey);
    }

    [Theory]
    [InlineData("Weight=0", "is '0' but must be a whole number, 1 to 1000; a node that shall get no new connections is marked with Draining.")]
    [InlineData("Weight=-1", "is '-1' but must be a whole number, 1 to 1000;")]
    [InlineData("Weight=1001", "1 to 1000;")]
    [InlineData("Weight=1.5", "is '1.5' but must be a whole number, 1 to 1000; what cannot be read does not fall back to the default (1)")]
    [InlineData("Weight=99999999999", "a whole number")]
    [InlineData("Weight=", "is empty but must be a whole number")]
    [InlineData("ConnectionCapacity=-1", "0 or more")]
    [InlineData("Draining=yes", "is 'yes' but must be true or false")]
    [InlineData("Draining=1", "is '1' but must be true or false")]
    [InlineData("EndpointType=1", "is '1' but must be one of primary, secondary")]
    [InlineData("EndpointType=primary,secondary", "one of primary, secondary")]
    [InlineData("Protocol=2", "is '2' but must be one of http1, http2")]
    [InlineData("PublicUrl=b.example", "is 'b.example' but must be an absolute http or https address")]
    [InlineData("AffinityKey=a\u0000b", "is 'a?b' but must be a text without control characters")]
    [InlineData("AffinityKey= ", "but must be a text")]
    public void NodeProperty_Unusable_IsAnError(string setting, string message)
    {
        var error = Settings.SingleError(Settings.Of("Gateway:Nodes:a:Address=http://a", $"Gateway:Nodes:a:{setting}"));

        Assert.StartsWith($"Gateway:Nodes:a:{setting.Split('=')[0]} ", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Node_BothForms_IsAnError()
    {
        var error = Settings.SingleError(Settings.Of("Gateway:Nodes:a=http://a", "Gateway:Nodes:a:Weight=2"));

        Assert.Contains(
            "Gateway:Nodes:a is given both as an address and with properties (Weight); write Gateway:Nodes:a:Address", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Node_PropertiesWithoutAddress_IsAnError()
    {
        Assert.Contains("has properties but no Address", Settings.SingleError(Settings.Of("Gateway:Nodes:a:Weight=2")), StringComparison.Ordinal);
    }

    [Fact]
    public void Node_TwiceWithDifferentAddresses_IsAnError()
    {
        var error = Settings.SingleError(Settings.Of("Gateway:Nodes:a=http://a", "Gateway:Nodes:a:secondary=http://b"));

        Assert.Contains("Gateway:Nodes:a is given with different addresses, http://a (primary) and http://b (secondary)", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Node_TwiceWithTheSameAddress_IsPrimary()
    {
        var reading = Settings.Read(Settings.Of("Gateway:Nodes:a:secondary=http://a", "Gateway:Nodes:a:primary=http://a/"));

        Assert.Equal(EndpointType.Primary, Assert.Single(reading.Options!.Nodes).Value.EndpointType);
        Assert.Single(reading.Warnings);
    }

    [Theory]
    [InlineData("b=http://h:5000|a:secondary=http://h:5000", "b")]
    [InlineData("b=http://h:5000|a=http://H:5000/", "a")]
    [InlineData("b:secondary=http://h|a:secondary=http://h:80", "a")]
    public void Nodes_WithOneAddress_FirstPrimaryThenFirstNameIsKept(string settings, string kept)
    {
        var reading = Settings.Read(Settings.Of([Primary, .. settings.Split('|').Select(s => "Gateway:Nodes:" + s)]));

        Assert.Equal([kept, "main"], reading.Options!.Nodes.Keys.Order(StringComparer.Ordinal));
        Assert.Contains($"'{kept}' is kept", Assert.Single(reading.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Node_EmptyValue_IsSkipped()
    {
        var options = Settings.Accepted(Settings.Of(
            Primary, "Gateway:Nodes:x=", "Gateway:Nodes:y:secondary= ", "Gateway:Nodes:z:Address=", "Gateway:Nodes:z:Weight=3"));

        Assert.Equal("main", Assert.Single(options.Nodes).Key);
    }

    [Theory]
    [InlineData("""{ }""")]
    [InlineData("""{ "Gateway": { "Nodes": { } } }""")]
    [InlineData("""{ "Gateway": { "Nodes": { "a": "" } } }""")]
    [InlineData("""{ "Gateway": { "Nodes": { "a": null } } }""")]
    [InlineData("""{ "Gateway": { "Nodes": null } }""")]
    public void Nodes_None_IsAnErrorThatShowsTheWayOut(string json)
    {
        var error = Settings.SingleError(Settings.Json(json));

        Assert.StartsWith("Gateway:Nodes is empty and ReverseProxy:Clusters is not given", error, StringComparison.Ordinal);
        Assert.Contains("--Gateway:Nodes:a=http://127.0.0.1:5000", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Nodes_NoPrimary_IsAnError()
    {
        var error = Settings.SingleError(Settings.Of("Gateway:Nodes:b:secondary=http://b", "Gateway:Nodes:a:secondary=http://a"));

        Assert.StartsWith("Gateway:Nodes has no primary node, only secondary ones (a, b)", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Nodes_PrimaryUnusable_IsNotReportedAsMissing()
    {
        Assert.StartsWith(
            "Gateway:Nodes:a is 'x'", Settings.SingleError(Settings.Of("Gateway:Nodes:a=x", "Gateway:Nodes:b:secondary=http://b")), StringComparison.Ordinal);
    }

    [Fact]
    public void Nodes_SameAffinityKey_IsAnError()
    {
        var error = Settings.SingleError(Settings.Of("Gateway:Nodes:a=http://a", "Gateway:Nodes:b:Address=http://b", "Gateway:Nodes:b:AffinityKey=a"));

        Assert.StartsWith("Gateway:Nodes:b:AffinityKey is 'a' but that is also the key of 'a'", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Nodes_AsAValue_IsAnError()
    {
        Assert.StartsWith("Gateway:Nodes is 'http://a' but must name its nodes", Settings.Read(Settings.Of("Gateway:Nodes=http://a")).Errors[0].Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "Gateway": { "Nodes": [ "http://a", "http://b" ] } }""", "looks like a list")]
    [InlineData("""{ "Gateway": { "Nodes": { "a": { "Address": "http://a", "Draining": true } } } }""", "has only draining nodes")]
    [InlineData("""{ "Gateway": { "Nodes": { "a": "http://0.0.0.0:5000" } } }""", "an address to listen on")]
    [InlineData("""{ "Gateway": { "Nodes": { "a": "http://localhost:5000" } }, "Urls": "http://*:5000" }""", "where the gateway itself listens (Urls)")]
    [InlineData("""{ "Gateway": { "Nodes": { "a": "http://127.0.0.1:8080" } }, "HTTP_PORTS": "80;8080" }""", "where the gateway itself listens (HTTP_PORTS)")]
    public void Nodes_ProbablyNotMeant_IsAWarning(string json, string warning)
    {
        var reading = Settings.Read(Settings.Json(json));

        Assert.Empty(reading.Errors);
        Assert.Contains(reading.Warnings, w => w.Contains(warning, StringComparison.Ordinal));
    }

    [Fact]
    public void Nodes_FromTheCommandLine_AreRead()
    {
        var options = Settings.Accepted(
            new ConfigurationBuilder().AddCommandLine(["--Gateway:Nodes:a=http://127.0.0.1:5001", "--Gateway:Nodes:b:secondary", "http://b:1"]).Build());

        Assert.Equal("http://127.0.0.1:5001", options.Nodes["a"].Address);
        Assert.Equal(EndpointType.Secondary, options.Nodes["b"].EndpointType);
    }
}
