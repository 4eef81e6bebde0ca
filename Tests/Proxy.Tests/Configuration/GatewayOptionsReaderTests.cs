using Proxy.Configuration;
using Xunit;

namespace Proxy.Tests.Configuration;

public sealed class GatewayOptionsReaderTests
{
    [Fact]
    public void Read_OnlyANode_GivesDefaults()
    {
        var options = Settings.Accepted(Settings.WithNode());
        var defaults = new GatewayOptions();

        foreach (var (path, property) in OptionProperty.Leaves(typeof(GatewayOptions)).Where(l => !l.Property.IsNodes))
        {
            Assert.Equal(Get(defaults, path), Get(options, path));
            Assert.True(property.Limits is not { } limits || limits.Contains(property.Default!), path);
        }
    }

    [Fact]
    public void Read_EveryKindOfValue_IsRead()
    {
        var options = Settings.Accepted(Settings.Json("""
            { "Gateway": { "Nodes": { "a": "http://a" },
              "router": "Hash:Query:Room", "RouterMiss": "badrequest", "EnforceCapacity": "TRUE", "Hubs": [ "/chat", "/news" ], "Tunnel": "STREAM",
              "Affinity": { "Mode": "clientip", "Keys": [ "0123456789abcdef", "fedcba9876543210" ], "Cookie": { "Expires": "1.00:00:00", "Domain": "", "SecurePolicy": "Always" } },
              "Scale": { "Drain": "wait-then-close", "SlowStart": "00:00:30.5", "Rebalance": { "Spread": 0.25 } },
              "Health": { "Probe": "signalr", "Path": "/chat" },
              "ForwardedHeaders": { "TrustedProxies": [] },
              "Admin": { "Url": "", "AllowedHosts": [ "gateway.example" ] } } }
            """));

        Assert.Equal("Hash:Query:Room", options.Router);
        Assert.Equal((RouterMiss.BadRequest, true, TunnelKind.Stream), (options.RouterMiss, options.EnforceCapacity, options.Tunnel));
        Assert.Equal(["/chat", "/news"], options.Hubs);
        Assert.Equal(AffinityMode.ClientIp, options.Affinity.Mode);
        Assert.Equal(["0123456789abcdef", "fedcba9876543210"], options.Affinity.Keys);
        Assert.Null(options.Affinity.Cookie.Domain);
        Assert.Equal(
            (DrainMode.WaitThenClose, TimeSpan.FromSeconds(30.5), 0.25), (options.Scale.Drain, options.Scale.SlowStart, options.Scale.Rebalance.Spread));
        Assert.Equal(ProbeKind.Signalr, options.Health.Probe);
        Assert.Empty(options.ForwardedHeaders.TrustedProxies);
        Assert.Null(options.Admin.Url);
        Assert.Equal(["gateway.example"], options.Admin.AllowedHosts);
    }

    [Fact]
    public void Read_ManyErrors_ReportsAllAtOnce()
    {
        var reading = Settings.Read(Settings.Of(
            "Gateway:Nodes:a=nowhere", "Gateway:Nodes:b:Weight=0", "Gateway:Ruoter=random", "Gateway:Affinity:Mode=7", "Gateway:Health:Fall=0",
            "Gateway:Affinity:Cookie:Name=a b", "Gateway:Admin:Url=http://*:8081", "Gateway:ForwardedHeaders:TrustedProxies:0=10.0.0.1",
                "Gateway:Hubs:0=chat"));

        Assert.Equal(
            [
                "Gateway:Admin:Url", "Gateway:Affinity:Cookie:Name", "Gateway:Affinity:Mode", "Gateway:ForwardedHeaders:TrustedProxies:0",
                "Gateway:Health:Fall",
                "Gateway:Hubs:0", "Gateway:Nodes:a", "Gateway:Nodes:b", "Gateway:Nodes:b:Weight", "Gateway:Ruoter",
            ],
            reading.Errors.Select(e => e.Key).Order(StringComparer.Ordinal));
        Assert.All(reading.Errors, e => Assert.StartsWith(e.Key + " ", e.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Gateway:Ruoter", "the nearest known key is Gateway:Router.")]
    [InlineData("Gateway:Node:a", "the nearest known key is Gateway:Nodes.")]
    [InlineData("Gateway:Affinity:Cokie:Name", "the nearest known key is Gateway:Affinity:Cookie.")]
    [InlineData("Gateway:Affinity:Cookie:SameSight", "the nearest known key is Gateway:Affinity:Cookie:SameSite.")]
    [InlineData("Gateway:Mode", "the nearest known key is Gateway:Affinity:Mode.")]
    [InlineData("Gateway:DrainTimeout", "the nearest known key is Gateway:Scale:DrainTimeout.")]
    [InlineData("Gateway:Zzz", "known here are Nodes, Router, ")]
    public void UnknownKey_Anywhere_IsAnErrorWithTheNearest(string key, string message)
    {
        var error = Settings.SingleError(Settings.WithNode($"{key}=hunter2"));

        Assert.Contains("is not a known key and would have no effect; ", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Timeouts:Http=30", "is '30' but must be a duration as hours:minutes:seconds, 00:00:01 to 1.00:00:00; what cannot be read does not fall back to the default (00:01:40); 30 seconds are 00:00:30.")]
    [InlineData("Timeouts:Http=30s", "30 seconds are 00:00:30")]
    [InlineData("Timeouts:Http=00:30", "a duration")]
    [InlineData("Timeouts:Http=24:00:00", "a day is 1.00:00:00")]
    [InlineData("Timeouts:Http=-00:00:30", "00:00:01 to 1.00:00:00; shorter breaks")]
    [InlineData("Timeouts:Http=00:00:00", "shorter breaks healthy requests")]
    [InlineData("Timeouts:Connect=00:01:01", "00:00:00.1 to 00:01:00")]
    [InlineData("Affinity:StoreCapacity=99", "100 to 10000000")]
    [InlineData("Affinity:StoreCapacity=1e5", "a whole number")]
    [InlineData("Affinity:StoreCapacity=100,000", "a whole number")]
    [InlineData("Scale:Rebalance:Spread=NaN", "0.01 to 1;")]
    [InlineData("Scale:Rebalance:Spread=0,5", "a number, 0.01 to 1;")]
    [InlineData("EnforceCapacity=on", "true or false")]
    [InlineData("Scale:Drain=migrate", "is 'migrate' but must be one of wait, wait-then-close, cut")]
    [InlineData("RouterMiss=0", "one of Fallback, BadRequest")]
    [InlineData("Tunnel=", "is empty but must be one of auto, handoff, stream, yarp")]
    [InlineData("Router=", "is empty but must be one of weighted, ")]
    [InlineData("Router=wieghted", "the nearest is 'weighted'")]
    [InlineData("Router=hash", "hash:ip, hash:query:NAME")]
    [InlineData("Router=hash:cookie:x", "hash:ip, hash:query:NAME")]
    [InlineData("Router=hash:query:", "hash:query:NAME")]
    [InlineData("Router=query:", "query:NAME")]
    [InlineData("Router=header:a b", "header:NAME")]
    [InlineData("Router:x=1", "is a single value but has keys below it (x)")]
    [InlineData("Affinity=Auto", "has a value but is a section; its keys are Mode, Keys")]
    [InlineData("Hubs=/chat", "is a single value but must be a list; write it as Gateway:Hubs:0")]
    [InlineData("Hubs:first=/chat", "does not fit into a list")]
    [InlineData("Hubs:0=chat", "is 'chat' but must be a path such as /chat")]
    [InlineData("Hubs:0=/chat/negotiate", "without /negotiate")]
    [InlineData("Hubs:0=/chat?x", "without query")]
    [InlineData("Affinity:Cookie:Name=a;b", "must be a token")]
    [InlineData("Negotiate:AccessToken=a b", "must be letters, digits and")]
    [InlineData("Affinity:Cookie:Path=chat", "must begin with '/'")]
    [InlineData("Affinity:Cookie:Path=/;x", "neither ';' nor")]
    [InlineData("Affinity:Cookie:Domain=https://a.example", "must be a host name")]
    [InlineData("Affinity:Cookie:Domain=a.example;x", "must be a host name")]
    [InlineData("Affinity:Cookie:Expires=365", "must be session, max or a duration")]
    [InlineData("Affinity:Cookie:Expires=00:00:00", "must be session, max or a duration")]
    [InlineData("Affinity:Cookie:Expires=-1.00:00:00", "must be session, max or a duration")]
    [InlineData("Health:Path=healthz", "must be a path such as /healthz")]
    [InlineData("Health:Probe=signalr", "Gateway:Health:Path is not set but Gateway:Health:Probe is 'signalr'")]
    [InlineData("Admin:Url=127.0.0.1:8081", "must be one http or https address")]
    [InlineData("Admin:Url=http://127.0.0.1:99999", "must be one http or https address")]
    [InlineData("Admin:Url=http://127.0.0.1:8081/admin", "must be one http or https address")]
    [InlineData("Admin:Url=http://127.0.0.1:1;http://127.0.0.1:2", "must be one http or https address")]
    [InlineData("Admin:Url=ftp://127.0.0.1", "must be one http or https address")]
    [InlineData("Admin:Url=http://*:8081", "but Gateway:Admin:ApiKey is not set")]
    [InlineData("Admin:Url=http://0.0.0.0:8081", "but Gateway:Admin:ApiKey is not set")]
    [InlineData("Admin:Url=http://gateway.example:8081", "but Gateway:Admin:ApiKey is not set")]
    [InlineData("Admin:AllowedHosts:0=*", "must be a host name without scheme, port or wildcard")]
    [InlineData("Admin:AllowedHosts:0=a.example:8081", "must be a host name without scheme, port or wildcard")]
    [InlineData("ForwardedHeaders:TrustedProxies:0=10.0.0.1", "one address is written 10.0.0.1/32")]
    [InlineData("ForwardedHeaders:TrustedProxies:0=::1", "one address is written ::1/128")]
    [InlineData("ForwardedHeaders:TrustedProxies:0=10.0.0.1/8", "the network of this address is 10.0.0.0/8")]
    [InlineData("ForwardedHeaders:TrustedProxies:0=010.0.0.0/8", "must be a network")]
    [InlineData("ForwardedHeaders:TrustedProxies:0=10.0.0.0/33", "must be a network")]
    [InlineData("ForwardedHeaders:TrustedProxies:0=lb.example", "must be a network")]
    [InlineData("ForwardedHeaders:TrustedProxies:0=", "is empty but must be a network")]
    [InlineData("Affinity:Keys:0=", "Gateway:Affinity:Keys:0 is empty")]
    public void Value_Unusable_IsAnErrorThatSaysWhy(string setting, string message)
    {
        var error = Settings.SingleError(Settings.WithNode("Gateway:" + setting));

        Assert.StartsWith("Gateway:", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Gateway:Affinity:Mode=Cookie|Gateway:Affinity:Cookie:Enabled=false", "nothing would keep a client on its node")]
    [InlineData("Gateway:Affinity:Cookie:SameSite=None|Gateway:Affinity:Cookie:SecurePolicy=None",
        "Gateway:Affinity:Cookie:SecurePolicy is 'None' and must be 'Always'")]
    [InlineData("Gateway:Affinity:Cookie:Partitioned=true|Gateway:Affinity:Cookie:SecurePolicy=None", "Gateway:Affinity:Cookie:Partitioned is 'true'")]
    [InlineData("Gateway:Affinity:Cookie:Name=__Host-srv|Gateway:Affinity:Cookie:Path=/x|Gateway:Affinity:Cookie:SecurePolicy=Always", "whose prefix asks for")]
    [InlineData("Gateway:Affinity:Cookie:Name=__Secure-srv|Gateway:Affinity:Cookie:SecurePolicy=None", "whose prefix asks for Secure")]
    [InlineData("Gateway:Affinity:Store=Redis|Gateway:Affinity:Redis:Configuration= ",
        "Gateway:Affinity:Redis:Configuration is empty but Gateway:Affinity:Store is 'Redis'")]
    [InlineData(
        "Gateway:Affinity:Store=Redis|Gateway:Affinity:Redis:Configuration=password=x", "Gateway:Affinity:Redis:Configuration is not a connection string")]
    [InlineData("Gateway:Affinity:Store=Redis|Gateway:Affinity:Redis:Configuration=redis:6379,passwort=x",
        "Gateway:Affinity:Redis:Configuration is not a connection string")]
    [InlineData("Gateway:Negotiate:Redirect=true", "Gateway:Nodes:a:PublicUrl is not given but Gateway:Negotiate:Redirect is 'true'")]
    [InlineData("Gateway:Negotiate:AccessToken=abc", "Gateway:Negotiate:AccessToken is given but Gateway:Negotiate:Redirect is 'false'")]
    [InlineData("Gateway:Admin:Url=http://127.0.0.1:5080|Urls=http://*:5080", "must not be the port of Urls")]
    [InlineData(
        "Gateway:Admin:Url=http://localhost:5080|Kestrel:Endpoints:main:Url=http://127.0.0.1:5080", "must not be the port of Kestrel:Endpoints:main:Url")]
    public void Values_ThatDoNotGoTogether_AreAnErrorThatNamesBoth(string settings, string message)
    {
        Assert.Contains(message, Settings.SingleError(Settings.WithNode(settings.Split('|'))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Gateway:Affinity:Keys:0=short", "Gateway:Affinity:Keys:0 has 5 characters; 16 or more are advised")]
    [InlineData("Gateway:Affinity:Keys:0=0123456789abcdef|Gateway:Affinity:Keys:1=0123456789abcdef", "the same secret twice")]
    [InlineData("Gateway:Affinity:Cookie:SameSite=None", "on requests that come by http browsers would drop the cookie")]
    [InlineData("Gateway:Affinity:Cookie:Partitioned=true", "on requests that come by http browsers would drop the cookie")]
    [InlineData("Gateway:Affinity:Reattach=Required|Gateway:Affinity:Cookie:Enabled=false", "no client can be brought back")]
    [InlineData("Gateway:Admin:ApiKey=short", "Gateway:Admin:ApiKey has 5 characters")]
    [InlineData("Gateway:ForwardedHeaders:TrustedProxies:0=0.0.0.0/0", "everybody can claim any address")]
    [InlineData("Gateway:Health:Probe=tcp|Gateway:Health:Path=/healthz", "is not used")]
    [InlineData("Gateway:Health:Timeout=00:00:05", "longer than Gateway:Health:Interval")]
    [InlineData("Gateway:Scale:MinStagingTime=00:10:00", "which opens a node first")]
    [InlineData("Gateway:Timeouts:Connect=00:00:20", "leaves no time for a second node")]
    [InlineData("Gateway:Timeouts:LongPoll=00:01:30", "idle clients would lose their connection")]
    [InlineData("Gateway:Timeouts:WebSocket=00:00:15", "idle clients would lose their connection")]
    [InlineData("Gateway:Hubs:0=/", "every request with an 'id'")]
    [InlineData("Gatway:Nodes:b=http://b", "Gatway is not read; the section is called Gateway")]
    [InlineData("Gateway=on", "has a value of its own")]
    public void Values_ProbablyNotMeant_AreAWarning(string settings, string warning)
    {
        var reading = Settings.Read(Settings.WithNode(settings.Split('|')));

        Assert.Empty(reading.Errors);
        Assert.Contains(warning, Assert.Single(reading.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Gateway:Affinity:Keys:0=hunter2|Gateway:Zzz=1")]
    [InlineData("Gateway:Affinity:Keys=hunter2")]
    [InlineData("Gateway:Affinity:Keys:x=hunter2")]
    [InlineData("Gateway:Affinity:Keys:0:x=hunter2")]
    [InlineData("Gateway:Affinity:Key:0=hunter2")]
    [InlineData("Gateway:Affinity:Redis=hunter2")]
    [InlineData("Gateway:Affinity:Redis:Password=hunter2")]
    [InlineData("Gateway:Affinity:Redis:Configuration:x=hunter2")]
    [InlineData("Gateway:Affinity:Store=Redis|Gateway:Affinity:Redis:Configuration=redis,hunter2=hunter2")]
    [InlineData("Gateway:Affinity:Store=Redis|Gateway:Affinity:Redis:Configuration=redis,connectTimeout=hunter2")]
    [InlineData("Gateway:Admin:ApiKey=hunter2 hunter2")]
    [InlineData("Gateway:Admin:ApiKey:0=hunter2")]
    [InlineData("Gateway:Admin:ApiKeys=hunter2")]
    [InlineData("Gateway:Admin=hunter2")]
    [InlineData("Gateway:Admin:Url=http://user:hunter2@127.0.0.1:8081")]
    public void Secret_InAnyMessage_IsNotShown(string settings)
    {
        var reading = Settings.Read(Settings.WithNode(settings.Split('|')));

        Assert.NotEmpty(reading.Errors);
        Assert.DoesNotContain(
            reading.Errors, e => e.Message.Contains("hunter2", StringComparison.Ordinal) || e.Key.Contains("hunter2", StringComparison.Ordinal));
        Assert.DoesNotContain(reading.Warnings, w => w.Contains("hunter2", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://localhost:8081")]
    [InlineData("http://127.0.0.5:0")]
    [InlineData("https://[::1]:8081")]
    public void AdminUrl_Loopback_NeedsNoKey(string url)
    {
        Assert.Equal(url, Settings.Accepted(Settings.WithNode($"Gateway:Admin:Url={url}")).Admin.Url);
    }

    [Fact]
    public void AdminUrl_OtherWithKey_IsAccepted()
    {
        var options = Settings.Accepted(Settings.WithNode("Gateway:Admin:Url=http://*:8081", "Gateway:Admin:ApiKey=0123456789abcdef"));

        Assert.Equal("0123456789abcdef", options.Admin.ApiKey);
    }

    [Theory]
    [InlineData("MINE", true)]
    [InlineData("mine2", false)]
    public void Router_RegisteredInCode_IsKnown(string router, bool known)
    {
        var reading = Settings.Read(Settings.WithNode($"Gateway:Router={router}"), Settings.RoutersWithMine);

        Assert.Equal(known, reading.Errors.Count == 0);
        Assert.All(reading.Errors, e => Assert.Contains("header:NAME, mine; the nearest is 'mine'", e.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Message_ValueWithLineBreaks_StaysOnOneLine()
    {
        var error = Settings.SingleError(Settings.WithNode("Gateway:Tunnel=a\r\nb" + new string('x', 300)));

        Assert.Contains("is 'a??b", error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
        Assert.True(error.Length < 400, error);
    }

    private static object? Get(object options, string path) =>
        path.Split(':').Aggregate((object?)options, (owner, name) => OptionProperty.Find(owner!.GetType(), name)!.Get(owner));
}
