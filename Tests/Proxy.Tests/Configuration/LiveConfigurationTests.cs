using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Proxy.Configuration;
using Tests.Common;
using Xunit;
using Yarp.ReverseProxy.Configuration;

namespace Proxy.Tests.Configuration;

public sealed class LiveConfigurationTests : IDisposable
{
    private const string OneNode = """{ "Gateway": { "Nodes": { "a": "http://a" } } }""";
    private const string TwoNodes = """{ "Gateway": { "Nodes": { "a": "http://a", "b": "http://b" } } }""";

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private readonly LogLines<LiveConfiguration> _log = new();
    private readonly ConfigurationManager _configuration = new();
    private LiveConfiguration? _live;

    private string File => _folder.File("gateway.json");

    public void Dispose()
    {
        _live?.Dispose();
        _configuration.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Start_Valid_IsVersionOne()
    {
        var live = Start(OneNode);

        Assert.Equal((1, _time.GetUtcNow()), (live.Current.Version, live.Current.LoadedAt));
        Assert.Equal("a", Assert.Single(live.Current.Options.Nodes).Key);
        Settle();
        Assert.Equal(1, live.Current.Version);
        Assert.Equal(0, live.Rejected);
        Assert.Null(live.LastError);
    }

    [Fact]
    public void Start_Invalid_ThrowsWithAllProblems()
    {
        var exception = Assert.Throws<GatewayConfigurationException>(() => Start("""{ "Gateway": { "Nodes": { "a": "x" }, "Router": "y" } }"""));

        Assert.Equal(["Gateway:Nodes:a", "Gateway:Router"], exception.Problems.Select(p => p.Key).Order(StringComparer.Ordinal));
        Assert.Equal(2, exception.Message.Split('\n').Length);
    }

    [Fact]
    public void Reload_Valid_ReplacesTheWhole()
    {
        var live = Start(OneNode);
        var seen = new List<ConfigurationSnapshot>();
        live.OnChange(seen.Add);
        var before = live.Current;

        Save(TwoNodes);

        Assert.Equal(2, live.Current.Version);
        Assert.Equal(["a", "b"], live.Current.Options.Nodes.Keys.Order(StringComparer.Ordinal));
        Assert.True(live.Current.LoadedAt > before.LoadedAt);
        Assert.Single(before.Options.Nodes);
        Assert.Same(live.Current, Assert.Single(seen));
        Assert.Single(_log.Of("ConfigurationAccepted"));
    }

    [Fact]
    public void Reload_SubscriptionEnded_IsNotTold()
    {
        var live = Start(OneNode);
        var told = 0;
        live.OnChange(_ => told++).Dispose();

        Save(TwoNodes);

        Assert.Equal((2, 0), (live.Current.Version, told));
    }

    [Fact]
    public void Reload_ListenerFails_OthersAreTold()
    {
        var live = Start(OneNode);
        var told = 0;
        live.OnChange(_ => throw new InvalidOperationException("no"));
        live.OnChange(_ => told++);

        Save(TwoNodes);

        Assert.Equal(1, told);
        Assert.Single(_log.Of("ConfigurationListenerFailed"));
    }

    [Fact]
    public void Reload_Invalid_KeepsTheOldAndSaysWhyOnce()
    {
        var live = Start(OneNode);
        var before = live.Current;

        Save("""{ "Gateway": { "Nodes": { "a": "x" }, "Router": "y" } }""");
        live.Reload();
        live.Reload();

        Assert.Same(before, live.Current);
        Assert.Equal(1, live.Rejected);
        Assert.Equal(2, live.LastError!.Messages.Count);
        Assert.InRange(live.LastError.At, before.LoadedAt, _time.GetUtcNow());
        var (level, id, message) = Assert.Single(_log.Lines);
        Assert.Equal((LogLevel.Error, "ConfigurationRejected"), (level, id.Name));
        Assert.All(live.LastError.Messages, m => Assert.Contains(m, message, StringComparison.Ordinal));
    }

    [Fact]
    public void Reload_GoodAgain_ForgetsTheErrorAndKeepsTheCount()
    {
        var live = Start(OneNode);

        Save("""{ }""");
        Assert.NotNull(live.LastError);
        Save(OneNode);

        Assert.Null(live.LastError);
        Assert.Equal((1, 1L), (live.Current.Version, live.Rejected));
        Assert.Single(_log.Of("ConfigurationRestored"));

        Save("""{ "Gateway": { } }""");
        Save(TwoNodes);

        Assert.Null(live.LastError);
        Assert.Equal((2, 2L), (live.Current.Version, live.Rejected));
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("  \n", "the file is empty")]
    [InlineData("{ \"Gateway\": {\n  \"Router\" \"x\" } }", "line 2, position 12: ")]
    [InlineData("{ \"Gateway\": {\n  \"Admin\": { \"ApiKey\": true-hunter2 } } }", "line 2, position ")]
    [InlineData("{ \"Gateway\": {\n  \"Admin\": { \"ApiKey\": nhunter2 } } }", "line 2, position ")]
    [InlineData("[]", "Top-level JSON element must be an object")]
    [InlineData("{ \"Gateway\": { \"Nodes\": { \"a\": \"http://a\", \"A\": \"http://b\" } } }", "duplicate key")]
    public void File_Broken_KeepsTheOldAndNamesFileAndPlace(string text, string message)
    {
        var live = Start(OneNode);
        var before = live.Current;

        Save(text);

        Assert.Same(before, live.Current);
        var error = Assert.Single(live.LastError!.Messages);
        Assert.StartsWith(File, error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.EndsWith("Its last good content stays in use.", error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error, StringComparison.Ordinal);
        Assert.Equal("http://a", _configuration["Gateway:Nodes:a"]);

        Save(TwoNodes);

        Assert.Equal(2, live.Current.Version);
        Assert.Null(live.LastError);
    }

    [Fact]
    public void File_Deleted_KeepsTheOld()
    {
        var live = Start(OneNode);

        System.IO.File.Delete(File);
        Settle();

        Assert.Equal((1, 1L), (live.Current.Version, live.Rejected));
        Assert.Contains("does not exist", Assert.Single(live.LastError!.Messages), StringComparison.Ordinal);
        Assert.Equal("http://a", _configuration["Gateway:Nodes:a"]);
    }

    [Fact]
    public void File_Broken_RefusesChangesOfOtherSourcesToo()
    {
        var other = new MemorySource();
        ((IConfigurationBuilder)_configuration).Add(other);
        var live = Start(OneNode);

        Save("{");
        other.Set("Gateway:Router", "random");
        Settle();

        Assert.Equal("weighted", live.Current.Options.Router);

        Save(OneNode);

        Assert.Equal("random", live.Current.Options.Router);
    }

    [Fact]
    public void Events_InARow_AreReadOnceWhenTheyEnd()
    {
        var source = new MemorySource();
        ((IConfigurationBuilder)_configuration).Add(source);
        var live = Start(OneNode);
        Settle();
        var almost = LiveConfiguration.Quiet - TimeSpan.FromMilliseconds(1);

        foreach (var router in new[] { "random", "nobody", "hash:ip", "round-robin" })
        {
            source.Set("Gateway:Router", router);
            _time.Advance(almost);
        }

        Assert.Equal(1, live.Current.Version);

        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal((2, "round-robin", 0L), (live.Current.Version, live.Current.Options.Router, live.Rejected));
    }

    [Fact]
    public void Reload_NothingChanged_IsNoNewVersion()
    {
        var source = new MemorySource();
        ((IConfigurationBuilder)_configuration).Add(source);
        var live = Start(OneNode);

        source.Set("Gateway:Router", "weighted");
        Settle();
        source.Set("Gateway:Router", "weighted");
        Settle();

        Assert.Equal(2, live.Current.Version);
    }

    [Fact]
    public void Restart_KeysThatNeedOne_StayAndAreSaid()
    {
        var live = Start("""{ "Urls": "http://*:5080", "Gateway": { "Nodes": { "a": "http://a" } } }""");

        Save("""
            { "Urls": "http://*:5081", "Kestrel": { "Endpoints": { "tls": { "Url": "https://*:5443" } } },
              "Gateway": { "Nodes": { "a": "http://a" }, "Router": "random", "Admin": { "Url": "http://127.0.0.1:9" } } }
            """);

        Assert.Equal(("random", "http://127.0.0.1:8081"), (live.Current.Options.Router, live.Current.Options.Admin.Url));
        Assert.Equal(
            [
                "Gateway:Admin:Url changed from 'http://127.0.0.1:8081' to 'http://127.0.0.1:9', which needs a restart; 'http://127.0.0.1:8081' stays in use until then.",
                "Kestrel:Endpoints:tls:Url changed from empty to 'https://*:5443', which needs a restart; empty stays in use until then.",
                "Urls changed from 'http://*:5080' to 'http://*:5081', which needs a restart; 'http://*:5080' stays in use until then.",
            ],
            _log.Of("ConfigurationWarning").Order(StringComparer.Ordinal));

        Save("""
            { "Urls": "http://*:5080", "Gateway": { "Nodes": { "a": "http://a" }, "Admin": { "Url": "http://127.0.0.1:9" } } }
            """);

        Assert.Equal(3, live.Current.Version);
        Assert.Single(live.Current.Warnings);
        Assert.Equal(3, _log.Of("ConfigurationWarning").Count());
    }

    [Fact]
    public void Kestrel_WhatCanChange_Does_AndTheRestIsSaid()
    {
        const string nodes = """ "Gateway": { "Nodes": { "a": "http://a" } } """;
        var live = Start($$"""{ {{nodes}}, "Kestrel": { "Limits": { "MaxConcurrentConnections": 5 }, "EndpointDefaults": { "SslProtocols": [ "Tls12" ] } } }""");

        Save($$"""
            { {{nodes}}, "Kestrel": { "Limits": { "MaxConcurrentConnections": 6, "MaxRequestBodySize": 7 }, "EndpointDefaults": { "SslProtocols": [ "Tls13" ] },
              "Certificates": { "Default": { "Path": "x.pem" } } } }
            """);

        var kestrel = live.Current.Kestrel;
        Assert.Equal((5, 7), (kestrel.Limits.MaxConcurrentConnections, kestrel.Limits.MaxRequestBodySize));
        Assert.Equal(["Tls12"], kestrel.EndpointDefaults.SslProtocols);
        Assert.Equal(
            [
                "Kestrel:Certificates:Default was added or taken away, which needs a restart; the listeners stay as they are until then.",
                "Kestrel:EndpointDefaults:SslProtocols changed from 'Tls12' to 'Tls13', which needs a restart; 'Tls12' stays in use until then.",
                "Kestrel:Limits:MaxConcurrentConnections changed from '5' to '6', which needs a restart; '5' stays in use until then.",
            ],
            _log.Of("ConfigurationWarning").Order(StringComparer.Ordinal));

        Save($$"""{ {{nodes}}, "Kestrel": { "Limits": { "MaxRequestBodySize": -1 } } }""");

        Assert.Equal(7, live.Current.Kestrel.Limits.MaxRequestBodySize);
        Assert.Contains(live.LastError!.Messages, static message => message.Contains("Kestrel:Limits:MaxRequestBodySize is '-1'", StringComparison.Ordinal));
    }

    [Fact]
    public void Restart_KeyTakenAwayFromAPublicAdminListener_IsRefused()
    {
        var live = Start("""{ "Gateway": { "Nodes": { "a": "http://a" }, "Admin": { "Url": "http://*:8081", "ApiKey": "0123456789abcdef" } } }""");

        Save("""{ "Gateway": { "Nodes": { "a": "http://a" }, "Admin": { "Url": "http://127.0.0.1:8081" } } }""");

        Assert.Equal("0123456789abcdef", live.Current.Options.Admin.ApiKey);
        Assert.Contains(live.LastError!.Messages, m => m.Contains("Gateway:Admin:ApiKey is not set", StringComparison.Ordinal));
    }

    [Fact]
    public void Accepted_FollowsAcceptedReadingsOnly()
    {
        const string yarp = """
            { "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/PATH" } } }, "Clusters": { "c": { "Destinations": { "d": { "Address": "http://d" } } } } },
              "Gateway": { "Router": "ROUTER" } }
            """;
        var live = Start(yarp.Replace("ROUTER", "random", StringComparison.Ordinal));
        var changes = 0;
        using var subscription = ChangeToken.OnChange(live.Accepted.GetReloadToken, () => changes++);
        var path = () => live.Accepted["Routes:r:Match:Path"];
        Assert.Equal("/PATH", path());
        Assert.Equal(["Clusters", "Routes"], live.Accepted.GetChildren().Select(c => c.Key).Order(StringComparer.Ordinal));

        Save("{");
        Save("{ }");
        Save(yarp.Replace("ROUTER", "nobody", StringComparison.Ordinal).Replace("PATH", "other", StringComparison.Ordinal));
        Assert.Equal(("/PATH", 0), (path(), changes));

        Save(yarp.Replace("ROUTER", "hash:ip", StringComparison.Ordinal));
        Assert.Equal((2, "/PATH", 0), (live.Current.Version, path(), changes)); // nothing new for YARP

        Save(yarp.Replace("ROUTER", "hash:ip", StringComparison.Ordinal).Replace("PATH", "other", StringComparison.Ordinal));
        Assert.Equal((3, "/other", 1), (live.Current.Version, path(), changes));
    }

    [Fact]
    public void Accepted_GivenToYarpBeforeTheReading_HasItsRoutes()
    {
        using var accepted = new AcceptedConfiguration();
        var services = new ServiceCollection().AddLogging();
        services.AddReverseProxy().LoadFromConfig(accepted.Configuration);
        using var provider = services.BuildServiceProvider();

        using var live = new LiveConfiguration(
            Settings.Of("ReverseProxy:Clusters:c:Destinations:x:Address=http://x", "ReverseProxy:Routes:r:ClusterId=c"), Settings.Routers, _time, _log,
                accepted: accepted);

        Assert.Equal("r", Assert.Single(provider.GetRequiredService<IProxyConfigProvider>().GetConfig().Routes).RouteId);
    }

    [Fact]
    public void Warnings_AtStart_AreLogged()
    {
        var live = Start("""{ "Gateway": { "Nodes": { "a": "http://a" }, "Hubs": [ "/" ] } }""");

        Assert.Equal(live.Current.Warnings, _log.Of("ConfigurationWarning"));
        Save("""{ "Gateway": { "Nodes": { "a": "http://a" }, "Hubs": [ "/" ], "Router": "random" } }""");
        Assert.Single(_log.Of("ConfigurationWarning"));
    }

    private LiveConfiguration Start(string json)
    {
        _folder.Write("gateway.json", json);
        ((IConfigurationBuilder)_configuration).Add(new JsonFileSource(File, optional: false, _time));
        return _live = new LiveConfiguration(_configuration, Settings.Routers, _time, _log);
    }

    private void Save(string json)
    {
        _folder.Write("gateway.json", json);
        Settle();
    }

    private void Settle() => _time.Advance((JsonFileProvider.CheckInterval * 2) + LiveConfiguration.Quiet);

    private sealed class MemorySource : ConfigurationProvider, IConfigurationSource
    {
        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

        public override void Set(string key, string? value)
        {
            base.Set(key, value);
            OnReload();
        }
    }
}
