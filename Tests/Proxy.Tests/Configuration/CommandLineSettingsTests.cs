using Proxy.Configuration;
using Xunit;

namespace Proxy.Tests.Configuration;

public sealed class CommandLineSettingsTests
{
    private static readonly string[] Words = ["check", "healthcheck", "--help", "--version"];

    [Theory]
    [InlineData("--Gateway:Nodes:a=http://a", "--urls", "http://127.0.0.1:8080", "--config", "/etc/gateway.json")]
    [InlineData("/urls=http://a", "/Gateway:Nodes:a", "http://a", "gateway:nodes:b=http://b")]
    [InlineData("--URLS=http://a", "--Http_Ports", "80", "--HTTPS_PORTS=443", "--environment", "Staging", "--contentRoot", "/srv")]
    [InlineData("--Kestrel:Endpoints:a:Url=http://a", "--Logging:LogLevel:Default=Debug", "--ReverseProxy:Clusters:a:x=y", "--AllowedHosts=*",
        "--ConnectionStrings:a=b")]
    [InlineData("--Gateway:Admin:Url=", "--Gateway:Admin:Url", "", "--Gateway:Affinity:Keys:0", "-a secret", "--Gateway:NotChecked:Here=1")]
    public void Setting_OfAKnownSection_Passes(params string[] args) => Assert.Empty(CommandLineSettings.Problems(args, Words));

    [Theory]
    [InlineData("--Gatway:Nodes:a=http://a", "'--Gatway:Nodes:a' is not a known setting and would have no effect; did you mean '--Gateway:Nodes:a'?")]
    [InlineData("/Gatway:Router=random", "'/Gatway:Router' is not a known setting and would have no effect; did you mean '--Gateway:Router'?")]
    [InlineData("--url=http://a", "'--url' is not a known setting and would have no effect; did you mean '--urls'?")]
    [InlineData("-urls=http://a", "'-urls' is not a known setting and would have no effect; did you mean '--urls'?")]
    [InlineData("--Kestral:Limits:x=1", "'--Kestral:Limits:x' is not a known setting and would have no effect; did you mean '--Kestrel:Limits:x'?")]
    [InlineData("--Nodes:a=http://a", "'--Nodes:a' is not a known setting and would have no effect; did you mean '--Gateway:Nodes:a'?")]
    [InlineData("Gateway__Nodes__a=http://a", "'Gateway__Nodes__a' is not a known setting and would have no effect; did you mean '--Gateway:Nodes:a'?")]
    [InlineData("--hlep=", "'--hlep' is not a known setting and would have no effect; did you mean '--help'?")]
    [InlineData("chekc", "'chekc' is not a command; did you mean 'check'?")]
    [InlineData("help", "'help' is not a command; did you mean '--help'?")]
    [InlineData("--urls", "'--urls' has no value; write --urls=VALUE.")]
    public void Setting_WithAMistake_IsAProblemThatNamesTheNearest(string argument, string problem) =>
        Assert.Equal(problem, Assert.Single(CommandLineSettings.Problems([argument], Words)));

    [Theory]
    [InlineData("--far-from-all-others=1")]
    [InlineData("-x")]
    [InlineData("nothing")]
    public void Setting_NearToNone_IsAProblemThatShowsAnExample(string argument) =>
        Assert.Contains("--Gateway:Nodes:a=http://127.0.0.1:5000", Assert.Single(CommandLineSettings.Problems([argument], Words)), StringComparison.Ordinal);

    [Fact]
    public void Value_ThatIsLeftOut_IsNotTakenFromTheNextSetting()
    {
        var problem = Assert.Single(CommandLineSettings.Problems(["--urls", "--Gateway:Nodes:a=http://a"], Words));

        Assert.StartsWith("'--urls' has no value", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Problems_All_AreFoundAtOnce()
    {
        Assert.Equal(3, CommandLineSettings.Problems(["--Gatway:Nodes:a", "http://a", "--url=http://a", "chekc"], Words).Count);
    }

    [Theory]
    [InlineData("--Gatway:Affinity:Keys:0=SECRET")]
    [InlineData("--Gatway:Affinity:Keys:0", "SECRET")]
    [InlineData("--Gateway:Affinity:Keys:0", "first", "SECRET")]
    [InlineData("GATEWAY_KEY=SECRET")]
    public void Problem_OfASetting_DoesNotShowItsValue(params string[] args) =>
        Assert.DoesNotContain("SECRET", Assert.Single(CommandLineSettings.Problems(args, Words)), StringComparison.Ordinal);
}
