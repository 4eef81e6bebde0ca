using Microsoft.Extensions.Configuration;
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
    [InlineData("\"Router\": \"random\"", "\"Negotiate.Redirect\": \"true\"",
        "ReverseProxy:Clusters:c:Destinations:b:Metadata:PublicUrl is not given but Gateway:Negotiate:Redirect is 'true'")]
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

    [Theory]
    [InlineData("Gateway:Nodes:a=http://a", "Gateway:Affinity:Cookie:Name=node", "Clusters:one:Metadata:Cookie.Name is 'node', which is the name of the cookie of cluster gateway")]
    [InlineData("", "Gateway:Affinity:Cookie:Name=node", "Clusters:two:Metadata:Cookie.Name is 'node'")]
    [InlineData("One:Metadata:Cookie.Name=x", "Two:Metadata:Cookie.Name=x", "Clusters:two:Metadata:Cookie.Name is 'x'")]
    [InlineData("One:Metadata:Cookie.Name=srv_id_two", "", "Clusters:two:Metadata:Cookie.Name is 'srv_id_two'")]
    [InlineData("One:Metadata:Cookie.Name=x|One:Metadata:Cookie.Domain=.example.com", "Two:Metadata:Cookie.Name=x|Two:Metadata:Cookie.Domain=example.com", "Clusters:two")]
    public void Cookies_UnderOneName_AreAnError(string first, string second, string message)
    {
        var error = Assert.Single(Settings.Read(TwoClusters(first, second)).Errors.DistinctBy(static error => error.Key.Split(':')[0]));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Gateway:Nodes:a=http://a", "")]
    [InlineData("", "")]
    [InlineData("Gateway:Affinity:Cookie:Name=node", "Two:Metadata:Cookie.Name=other")]
    [InlineData("Gateway:Affinity:Cookie:Name=node", "Two:Metadata:Cookie.Path=/two")]
    [InlineData("Gateway:Affinity:Cookie:Name=node", "Two:Metadata:Cookie.Enabled=false")]
    [InlineData("Gateway:Affinity:Cookie:Name=node|OneRoute:Hosts:0=a.example", "TwoRoute:Hosts:0=b.example")]
    public void Cookies_ThatABrowserTellsApart_AreNone(string first, string second)
    {
        Assert.Empty(Settings.Read(TwoClusters(first, second)).Errors);
    }

    private static IConfiguration TwoClusters(params string[] settings) => Settings.Of(
    [
        .. Cluster("one"), .. Cluster("two"), .. settings.SelectMany(static text => text.Split('|', StringSplitOptions.RemoveEmptyEntries)).Select(static setting => setting
            .Replace("OneRoute:", "ReverseProxy:Routes:one:Match:", StringComparison.Ordinal)
            .Replace("TwoRoute:", "ReverseProxy:Routes:two:Match:", StringComparison.Ordinal)
            .Replace("One:", "ReverseProxy:Clusters:one:", StringComparison.Ordinal).Replace("Two:", "ReverseProxy:Clusters:two:", StringComparison.Ordinal)),
    ]);

    private static string[] Cluster(string id) =>
    [
        $"ReverseProxy:Routes:{id}:ClusterId={id}", $"ReverseProxy:Routes:{id}:Match:Path=/{id}/{{**rest}}",
        $"ReverseProxy:Clusters:{id}:SessionAffinity:Enabled=true", $"ReverseProxy:Clusters:{id}:SessionAffinity:Policy=SignalR",
        $"ReverseProxy:Clusters:{id}:Destinations:a:Address=http://{id}",
    ];

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
