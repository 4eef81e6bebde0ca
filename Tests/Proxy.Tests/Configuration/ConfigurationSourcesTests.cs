using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Primitives;
using Proxy.Configuration;
using Tests.Common;
using Xunit;

namespace Proxy.Tests.Configuration;

[Collection(EnvironmentTests.Name)]
public sealed class ConfigurationSourcesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private readonly ConfigurationManager _configuration = new();

    public void Dispose()
    {
        _configuration.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Sources_Several_LaterWins()
    {
        const string variable = "GatewayTest__Four";
        _folder.Write("appsettings.json", """{ "GatewayTest": { "One": "file", "Two": "file", "Three": "file", "Four": "file", "Five": "file" } }""");
        _folder.Write("appsettings.Staging.json",
            """{ "GatewayTest": { "Two": "environment's file", "Three": "environment's file", "Four": "environment's file", "Five": "x" } }""");
        var more = _folder.Write("more.json", """{ "GatewayTest": { "Three": "--config", "Four": "--config", "Five": "--config" } }""");
        Environment.SetEnvironmentVariable(variable, "variable");
        Environment.SetEnvironmentVariable("GatewayTest__Five", "variable");
        try
        {
            Add(["--GatewayTest:Five", "command line", "--config", more], "Staging");
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, null);
            Environment.SetEnvironmentVariable("GatewayTest__Five", null);
        }

        Assert.Equal(["file", "environment's file", "--config", "variable", "command line"],
            "One Two Three Four Five".Split(' ').Select(k => _configuration["GatewayTest:" + k]));
    }

    [Fact]
    public void Variables_OfAContainer_GiveNodes()
    {
        Environment.SetEnvironmentVariable("Gateway__Nodes__a", "http://a:5000");
        Environment.SetEnvironmentVariable("Gateway__Nodes__b__secondary", "http://b:5000");
        try
        {
            Add(["--Gateway:Nodes:c=http://127.0.0.1:5000"]);
        }
        finally
        {
            Environment.SetEnvironmentVariable("Gateway__Nodes__a", null);
            Environment.SetEnvironmentVariable("Gateway__Nodes__b__secondary", null);
        }

        var nodes = Settings.Accepted(_configuration).Nodes;

        Assert.Equal(["a Primary http://a:5000", "b Secondary http://b:5000", "c Primary http://127.0.0.1:5000"],
            nodes.OrderBy(n => n.Key, StringComparer.Ordinal).Select(n => $"{n.Key} {n.Value.EndpointType} {n.Value.Address}"));
    }

    [Fact]
    public void Files_Missing_AreNoError()
    {
        Add([]);

        Assert.Null(_configuration["Gateway:Router"]);
    }

    [Fact]
    public void Files_OfTheHost_AreTakenOut()
    {
        var other = _folder.Write("appsettings.json", """{ "GatewayTest": "current directory" }""");
        _configuration.AddJsonFile(other);

        ConfigurationSources.Add(_configuration, [], "Production", _time, _folder.File("program"));

        Assert.Null(_configuration["GatewayTest"]);
    }

    [Fact]
    public void Builder_ForThePrograms_HasOurSources()
    {
        _folder.Write("appsettings.json", """{ "GatewayTest": "file" }""");

        var builder = ConfigurationSources.CreateBuilder(["--Gateway:Nodes:a=http://a:1"], _folder.Path);
        using var configuration = builder.Configuration;

        Assert.Equal("file", configuration["GatewayTest"]);
        Assert.Equal("http://a:1", configuration["Gateway:Nodes:a"]);
        Assert.Empty(configuration.Sources.OfType<JsonConfigurationSource>());
        Assert.NotEmpty(configuration.Sources.OfType<JsonFileSource>());
    }

    [Theory]
    [InlineData("{\n\n  oops }", "", "line 3, position 3: ")]
    [InlineData("{ }", "-x=1", "Options begin with two dashes")]
    public void Builder_BrokenSource_IsAClearError(string text, string args, string message)
    {
        _folder.Write("appsettings.json", text);

        var exception = Assert.Throws<GatewayConfigurationException>(
            () => ConfigurationSources.CreateBuilder(args.Split(' ', StringSplitOptions.RemoveEmptyEntries), _folder.Path));

        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("appsettings.json", "{\n\n  oops }", "line 3, position 3: ")]
    [InlineData("appsettings.json", "", "the file is empty")]
    [InlineData("appsettings.Production.json", "{ \"a\": 1", "line 1, position ")]
    public void File_BrokenAtStart_IsAClearError(string name, string text, string message)
    {
        var file = _folder.Write(name, text);

        var exception = Assert.Throws<GatewayConfigurationException>(() => Add([]));

        Assert.StartsWith(file, exception.Message, StringComparison.Ordinal);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--config=nowhere.json", "--config is 'nowhere.json' but")]
    [InlineData("--config=", "--config names no file")]
    [InlineData("--config", "--config names no file")]
    [InlineData("-x=1", "Options begin with two dashes")]
    public void CommandLine_Unusable_IsAClearError(string argument, string message)
    {
        Assert.Contains(message, Assert.Throws<GatewayConfigurationException>(() => Add([argument])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ConfigFile_Written_IsReadWhenItIsQuiet()
    {
        var file = Watch("""{ "X": "1" }""");
        var changes = CountChanges();

        File.WriteAllText(file, """{ "X": "2" """);
        _time.Advance(JsonFileProvider.CheckInterval);
        File.WriteAllText(file, """{ "X": "2" }""");
        _time.Advance(JsonFileProvider.CheckInterval);
        Assert.Equal(("1", 0), (_configuration["X"], changes()));

        _time.Advance(JsonFileProvider.CheckInterval);
        Assert.Equal(("2", 1), (_configuration["X"], changes()));

        _time.Advance(JsonFileProvider.CheckInterval * 10);
        Assert.Equal(1, changes());
    }

    [Fact]
    public void ConfigFile_ReplacedByRename_IsRead()
    {
        var file = Watch("""{ "X": "1" }""");

        File.Move(_folder.Write("new", """{ "X": "2" }"""), file, overwrite: true);
        _time.Advance(JsonFileProvider.CheckInterval * 2);
        Assert.Equal("2", _configuration["X"]);

        File.Move(_folder.Write("new", """{ "X": "3" }"""), file, overwrite: true);
        _time.Advance(JsonFileProvider.CheckInterval * 2);
        Assert.Equal("3", _configuration["X"]);
    }

    // As Kubernetes mounts a ConfigMap: file -> ..data/file, ..data -> ..2031_05_07/, and an update puts another link in place of ..data. Times may be equal.
    [Fact]
    public void ConfigFile_MountedConfigMap_IsReadAfterTheSwap()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        var at = new DateTime(2031, 5, 7, 0, 0, 0, DateTimeKind.Utc);
        foreach (var version in new[] { "1", "2" })
        {
            Directory.CreateDirectory(_folder.File("..version" + version));
            File.SetLastWriteTimeUtc(_folder.Write($"..version{version}/gateway.json", $$"""{ "X": "{{version}}" }"""), at);
        }

        Directory.CreateSymbolicLink(_folder.File("..data"), "..version1");
        File.CreateSymbolicLink(_folder.File("gateway.json"), "..data/gateway.json");
        Add(["--config", _folder.File("gateway.json")]);
        Assert.Equal("1", _configuration["X"]);

        Directory.Delete(_folder.File("..data")); // the link; nothing looks before the next one is there
        Directory.CreateSymbolicLink(_folder.File("..data"), "..version2");
        Directory.Delete(_folder.File("..version1"), recursive: true);
        _time.Advance(JsonFileProvider.CheckInterval * 2);

        Assert.Equal("2", _configuration["X"]);
    }

    [Fact]
    public void ConfigFile_DeletedAndWrittenAgain_IsRead()
    {
        var file = Watch("""{ "X": "1" }""");

        File.Delete(file);
        _time.Advance(JsonFileProvider.CheckInterval * 3);
        Assert.Equal("1", _configuration["X"]);

        File.WriteAllText(file, """{ "X": "2" }""");
        _time.Advance(JsonFileProvider.CheckInterval * 2);
        Assert.Equal("2", _configuration["X"]);
    }

    [Fact]
    public void File_AppearsLater_IsRead()
    {
        Add([]);

        _folder.Write("appsettings.json", """{ "X": "1" }""");
        _time.Advance(JsonFileProvider.CheckInterval * 2);

        Assert.Equal("1", _configuration["X"]);
    }

    [Fact]
    public void Configuration_Disposed_WatchesNoMore()
    {
        Watch("{ }");
        Assert.NotEqual(0, _time.ActiveTimers);

        _configuration.Dispose();

        Assert.Equal(0, _time.ActiveTimers);
    }

    private void Add(string[] args, string environment = "Production") => ConfigurationSources.Add(_configuration, args, environment, _time, _folder.Path);

    private string Watch(string json)
    {
        var file = _folder.Write("gateway.json", json);
        Add(["--config", file]);
        return file;
    }

    private Func<int> CountChanges()
    {
        var count = 0;
        ChangeToken.OnChange(((IConfiguration)_configuration).GetReloadToken, () => count++);
        return () => count;
    }
}
