using Proxy.Configuration;
using Xunit;

namespace Proxy.Tests.Configuration;

public sealed class ForeignRulesTests
{
    [Fact]
    public void Foreign_ListOfObjects_IsRead()
    {
        var options = Settings.Accepted(Settings.Json("""
            { "Gateway": { "Nodes": { "a": { "Address": "http://127.0.0.1:5000", "ForeignKey": "s1" }, "b": { "Address": "http://127.0.0.1:5001", "foreignkey": "s2" } },
              "Affinity": { "Foreign": [ { "Kind": "haproxy", "Cookie": "SRV" }, { "kind": "HaproxyDynamic", "cookie": "D", "KEY": "k" } ] } } }
            """));

        Assert.Equal([(ForeignCookieKind.Haproxy, "SRV", null), (ForeignCookieKind.HaproxyDynamic, "D", "k")],
            options.Affinity.Foreign.Select(cookie => (cookie.Kind, cookie.Cookie, cookie.Key)));
        Assert.Equal(("s1", "s2"), (options.Nodes["a"].ForeignKey, options.Nodes["b"].ForeignKey));
    }

    [Fact]
    public void Foreign_FromTheCommandLine_IsRead()
    {
        var options = Settings.Accepted(Settings.WithNode(
            "Gateway:Affinity:Foreign:0:Kind=nginx", "Gateway:Affinity:Foreign:0:Cookie=srv_id", "Gateway:Affinity:Foreign:1:Kind=arr",
            "Gateway:Affinity:Foreign:1:Cookie=ARRAffinity"));

        Assert.Equal(["srv_id", "ARRAffinity"], options.Affinity.Foreign.Select(cookie => cookie.Cookie));
    }

    [Theory]
    [InlineData("""{ "Foreign": [] }""")]
    [InlineData("""{ "Foreign": null }""")]
    public void Foreign_Empty_IsNone(string affinity) =>
        Assert.Empty(Settings.Accepted(Settings.Json($$"""{ "Gateway": { "Nodes": { "a": "http://a" }, "Affinity": {{affinity}} } }""")).Affinity.Foreign);

    [Theory]
    [InlineData("=nginx", "Foreign is a single value but must be a list; write it as Gateway:Affinity:Foreign:0:Kind, or it would have no effect.")]
    [InlineData(":Kind=nginx", "Foreign:Kind does not fit into a list, which has Gateway:Affinity:Foreign:0")]
    [InlineData(":0=nginx", "Foreign:0 has a value but is a section; its keys are Kind, Cookie, Key, and the value would have no effect.")]
    [InlineData(":0:Cokie=x", "Foreign:0:Cokie is not a known key and would have no effect; the nearest known key is Gateway:Affinity:Foreign:0:Cookie.")]
    [InlineData(":0:Kind=ngnix", "Foreign:0:Kind is 'ngnix' but must be one of nginx, haproxy, haproxy-prefix, haproxy-dynamic, traefik, yarp-hash, arr, literal;")]
    [InlineData(":0:Kind=0", "Foreign:0:Kind is '0' but must be one of")]
    [InlineData(":0:Cookie=x", "Foreign:0:Kind is not given but must be one of nginx")]
    [InlineData(":0:Kind=nginx", "Foreign:0:Cookie is not given but must be the name of the cookie that the other proxy has set;")]
    [InlineData(":0:Cookie=a b", "Foreign:0:Cookie is 'a b' but must be a token")]
    [InlineData(":0:Kind=haproxy-dynamic", "Foreign:0:Key is not given but must be the dynamic-cookie-key of HAProxy;")]
    public void Foreign_Mistake_IsAnErrorThatSaysWhatToWrite(string setting, string message) =>
        Assert.Contains(Settings.Read(Settings.WithNode("Gateway:Affinity:Foreign" + setting)).Errors,
            error => error.Message.StartsWith("Gateway:Affinity:" + message, StringComparison.Ordinal));

    [Fact]
    public void Foreign_AllMistakes_AreSaidAtOnce()
    {
        var errors = Errors(
            "Gateway:Affinity:Foreign:0:Kind=nginx", "Gateway:Affinity:Foreign:0:Cookie=a b", "Gateway:Affinity:Foreign:0:Key=secret",
            "Gateway:Affinity:Foreign:1:Kind=x", "Gateway:Affinity:Foreign:2:Kind=haproxy-dynamic", "Gateway:Affinity:Foreign:2:Cookie=D");

        Assert.Equal(
            [
                "Gateway:Affinity:Foreign:0:Cookie", "Gateway:Affinity:Foreign:0:Key", "Gateway:Affinity:Foreign:1:Cookie", "Gateway:Affinity:Foreign:1:Kind",
                "Gateway:Affinity:Foreign:1:Kind", "Gateway:Affinity:Foreign:2:Key",
            ],
            errors.Select(error => error.Key).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(errors, error => error.Message.Contains("secret", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("haproxy", "the text behind 'cookie' at the server")]
    [InlineData("haproxy-prefix", "the text behind 'cookie' at the server")]
    [InlineData("literal", "the cookie's value")]
    [InlineData("nginx", "the address that nginx has resolved, with its port, such as 10.0.0.11:5000")]
    [InlineData("haproxy-dynamic", "the server's IP address with its port")]
    public void ForeignKey_OnNoNode_IsAnErrorWhereItIsNeeded(string kind, string form)
    {
        var error = Settings.SingleError(Settings.Of("Gateway:Nodes:a=http://hub-a:5000", "Gateway:Affinity:Foreign:0:Cookie=c",
            $"Gateway:Affinity:Foreign:0:Kind={kind}", kind is "haproxy-dynamic" ? "Gateway:Affinity:Foreign:0:Key=k" : "Gateway:Router=random"));

        Assert.StartsWith($"Gateway:Affinity:Foreign:0:Kind is '{kind}' but no node has a ForeignKey, which is {form}", error, StringComparison.Ordinal);
    }

    /// <summary>A node that the other proxy did not have needs none, so that this is not an error.</summary>
    [Fact]
    public void ForeignKey_OnSomeNodes_IsAWarningForTheOthers()
    {
        var reading = Settings.Read(Settings.Of("Gateway:Nodes:a=http://127.0.0.1:5000", "Gateway:Nodes:b=http://hub-b:5000",
            "Gateway:Affinity:Foreign:0:Kind=nginx", "Gateway:Affinity:Foreign:0:Cookie=c"));

        Assert.Empty(reading.Errors);
        Assert.StartsWith("Gateway:Nodes:b:ForeignKey is not given but Gateway:Affinity:Foreign:0 ('nginx') needs it: the address that nginx has resolved",
            Assert.Single(reading.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void ForeignKey_OfTwoNodes_IsAWarning()
    {
        var reading = Settings.Read(Settings.Of("Gateway:Nodes:a:Address=http://h", "Gateway:Nodes:a:ForeignKey=S1", "Gateway:Nodes:b:Address=http://i",
            "Gateway:Nodes:b:ForeignKey=s1", "Gateway:Affinity:Foreign:0:Kind=arr", "Gateway:Affinity:Foreign:0:Cookie=c"));

        Assert.Empty(reading.Errors);
        Assert.Equal("Gateway:Affinity:Foreign:0 ('arr') has the same value for the nodes a and b, which are both 's1' there; it is not honoured.",
            Assert.Single(reading.Warnings));
    }

    [Theory]
    [InlineData("nginx", "10.0.0.11")]
    [InlineData("nginx", "hub-a:5000")]
    [InlineData("nginx", "[10.0.0.11:5000")]
    [InlineData("nginx", "10.0.0.11:0")]
    [InlineData("nginx", "10.0.0.11:70000")]
    [InlineData("haproxy", "s|1")]
    [InlineData("haproxy-prefix", "s~1")]
    [InlineData("literal", "s 1")]
    [InlineData("literal", "s;1")]
    [InlineData("traefik", "s1")]
    public void ForeignKey_InTheWrongForm_IsAnError(string kind, string key)
    {
        var errors = Errors("Gateway:Nodes:b:Address=http://127.0.0.1:5002", $"Gateway:Nodes:b:ForeignKey={key}", "Gateway:Affinity:Foreign:0:Cookie=c",
            $"Gateway:Affinity:Foreign:0:Kind={kind}");

        Assert.Contains(errors, error => error.Message.StartsWith($"Gateway:Nodes:b:ForeignKey is '{key}' but must be the ", StringComparison.Ordinal));
    }

    /// <summary>nginx with routes for some of its servers only: one cookie, two ways to name a node.</summary>
    [Fact]
    public void ForeignKey_ThatOneOfTheKindsTakes_IsAccepted() =>
        Assert.NotNull(Settings.Accepted(Settings.WithNode("Gateway:Nodes:b:Address=http://127.0.0.1:5002", "Gateway:Nodes:b:ForeignKey=route-b",
            "Gateway:Affinity:Foreign:0:Kind=nginx", "Gateway:Affinity:Foreign:0:Cookie=c", "Gateway:Affinity:Foreign:1:Kind=literal",
            "Gateway:Affinity:Foreign:1:Cookie=c")));

    [Fact]
    public void ForeignKey_WithoutForeign_IsAccepted() =>
        Assert.NotNull(Settings.Accepted(Settings.WithNode("Gateway:Nodes:b:Address=http://127.0.0.1:5002", "Gateway:Nodes:b:ForeignKey=anything at all")));

    [Fact]
    public void HaproxyPrefix_UnderTheNameOfOurCookie_IsAnError() =>
        Assert.Contains(Errors("Gateway:Nodes:b:Address=http://127.0.0.1:5002", "Gateway:Nodes:b:ForeignKey=s1", "Gateway:Affinity:Foreign:0:Kind=haproxy-prefix",
            "Gateway:Affinity:Foreign:0:Cookie=srv_id"), error => error.Message.StartsWith(
            "Gateway:Affinity:Foreign:0:Cookie is 'srv_id', which is the application's own", StringComparison.Ordinal));

    [Fact]
    public void Cookie_SwitchedOff_IsAWarning() =>
        Assert.StartsWith("Gateway:Affinity:Foreign is given but Gateway:Affinity:Cookie:Enabled is 'false'", Assert.Single(Settings.Read(Settings.WithNode(
            "Gateway:Affinity:Foreign:0:Kind=nginx", "Gateway:Affinity:Foreign:0:Cookie=c", "Gateway:Affinity:Cookie:Enabled=false")).Warnings),
            StringComparison.Ordinal);

    [Fact]
    public void Destinations_OfYarp_HaveItAsMetadata()
    {
        string[] cluster =
        [
            "ReverseProxy:Routes:r:ClusterId=x", "ReverseProxy:Routes:r:Match:Path=/{**rest}", "ReverseProxy:Clusters:x:SessionAffinity:Enabled=true",
            "ReverseProxy:Clusters:x:SessionAffinity:Policy=SignalR", "ReverseProxy:Clusters:x:SessionAffinity:AffinityKeyName=k",
            "ReverseProxy:Clusters:x:Destinations:d:Address=http://hub-d", "ReverseProxy:Clusters:x:Destinations:e:Address=http://hub-e",
            "Gateway:Affinity:Foreign:0:Kind=haproxy", "Gateway:Affinity:Foreign:0:Cookie=SRV",
        ];

        Assert.Equal("Gateway:Affinity:Foreign:0:Kind", Assert.Single(Settings.Read(Settings.Of(cluster)).Errors).Key);
        var reading = Settings.Read(Settings.Of([.. cluster, "ReverseProxy:Clusters:x:Destinations:d:Metadata:ForeignKey=s1"]));
        Assert.Empty(reading.Errors);
        Assert.StartsWith("ReverseProxy:Clusters:x:Destinations:e:Metadata:ForeignKey is not given but Gateway:Affinity:Foreign:0 ('haproxy') needs it",
            Assert.Single(reading.Warnings), StringComparison.Ordinal);
    }

    private static IReadOnlyList<ConfigurationProblem> Errors(params string[] settings) => Settings.Read(Settings.WithNode(settings)).Errors;
}
