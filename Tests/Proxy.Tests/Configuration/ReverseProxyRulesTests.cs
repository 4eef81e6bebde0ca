using Xunit;

namespace Proxy.Tests.Configuration;

public sealed class ReverseProxyRulesTests
{
    private const string Good = """
        { "ReverseProxy": {
            "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/{**rest}" } } },
            "Clusters": { "c": { "SessionAffinity": { "Enabled": true, "Policy": "SignalR" }, "Metadata": { "Router": "random", "Cookie.Name": "x" },
              "Destinations": { "a": { "Address": "http://a" }, "b": { "Address": "http://b", "Metadata": { "EndpointType": "secondary", "Weight": "5" } } } } } } }
        """;

    [Fact]
    public void Clusters_WithoutNodes_AreEnough()
    {
        Assert.Empty(Settings.Accepted(Settings.Json(Good)).Nodes);
    }

    [Theory]
    [InlineData("\"Router\": \"random\"", "\"Router\": \"rondom\"", "ReverseProxy:Clusters:c:Metadata:Router is 'rondom'")]
    [InlineData("\"Cookie.Name\"", "\"Cookie.Nam\"", "ReverseProxy:Clusters:c:Metadata:Cookie.Nam is not an option")]
    [InlineData("\"Weight\": \"5\"", "\"Weight\": \"0\"", "ReverseProxy:Clusters:c:Destinations:b:Metadata:Weight is '0'")]
    [InlineData(
        "\"EndpointType\": \"secondary\"", "\"AffinityKey\": \"a\"", "ReverseProxy:Clusters:c:Destinations has the AffinityKey 'a' more than once (a, b)")]
    [InlineData("\"Address\": \"http://a\"", "\"Address\": \"http://a\", \"Metadata\": { \"EndpointType\": \"secondary\" }",
        "ReverseProxy:Clusters:c:Destinations has no primary destination")]
    [InlineData("\"Address\": \"http://a\"", "\"Host\": \"a\"", "ReverseProxy:Clusters:c:Destinations:a:Address is not given")]
    [InlineData("\"Address\": \"http://a\"", "\"Address\": \"a\"", "ReverseProxy:Clusters:c:Destinations:a:Address is 'a'")]
    [InlineData("\"ClusterId\": \"c\"", "\"ClusterId\": \"d\"", "ReverseProxy:Routes:r:ClusterId is 'd', which is not among the clusters (c)")]
    [InlineData("\"ClusterId\": \"c\"", "\"Order\": \"first\"", "ReverseProxy:Routes:r cannot be read by YARP")]
    [InlineData("\"Enabled\": true", "\"Enabled\": \"yes\"", "ReverseProxy:Clusters:c cannot be read by YARP")]
    [InlineData("\"Routes\"", "\"Rotes\"", "ReverseProxy:Rotes is not a known key")]
    public void Section_Unusable_IsAnErrorThatNamesTheKey(string part, string replacement, string message)
    {
        Assert.Contains(part, Good, StringComparison.Ordinal);

        var reading = Settings.Read(Settings.Json(Good.Replace(part, replacement, StringComparison.Ordinal)));

        Assert.Contains(reading.Errors, e => e.Message.StartsWith(message, StringComparison.Ordinal));
    }

    [Fact]
    public void Clusters_OfOthers_StayYarps()
    {
        var json = Good.Replace("\"Policy\": \"SignalR\"", "\"Policy\": \"HashCookie\"", StringComparison.Ordinal).Replace(
            "\"Router\": \"random\"", "\"Router\": \"mine\"", StringComparison.Ordinal);

        Assert.NotNull(Settings.Accepted(Settings.Json(json)));
    }

    [Fact]
    public void Nodes_BesideAClusterOfTheSameName_AreAnError()
    {
        var reading = Settings.Read(Settings.Of(
            "Gateway:Nodes:a=http://a", "ReverseProxy:Clusters:gateway:Destinations:x:Address=http://x", "ReverseProxy:Routes:gateway:ClusterId=gateway"));

        Assert.Equal(["ReverseProxy:Clusters:gateway", "ReverseProxy:Routes:gateway"], reading.Errors.Select(e => e.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Section_OfSomebodyElsesYarp_IsNotChecked()
    {
        var reading = Settings.Read(Settings.Of("ReverseProxy:Clusters:c:Destinations:x:Address=x"), needsNodes: false);

        Assert.Empty(reading.Errors);
    }

    [Fact]
    public void Clusters_WithoutRoutes_AreAnError()
    {
        Assert.StartsWith("ReverseProxy:Routes is not given", Settings.SingleError(
            Settings.Of("ReverseProxy:Clusters:c:Destinations:x:Address=http://x")), StringComparison.Ordinal);
    }
}
