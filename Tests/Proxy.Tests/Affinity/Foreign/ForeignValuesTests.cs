using Proxy.Affinity.Foreign;
using Proxy.Configuration;
using Xunit;

namespace Proxy.Tests.Affinity.Foreign;

/// <summary>Values that other proxies have really written, or that their sources give.</summary>
public sealed class ForeignValuesTests
{
    /// <summary>nginx 1.31.5 with <c>sticky cookie</c>, run.</summary>
    [Theory]
    [InlineData("http://127.0.0.1:39001", "3c60e58655617bb9a0890dd730e9323d")]
    [InlineData("http://127.0.0.1:39002", "ae4d6775ab44afb44cae069a323398b5")]
    [InlineData("http://[::1]:39001", "d7a808a462775dd2de6a51b6c34b7172")]
    [InlineData("http://[0:0:0::0001]:39001/path", "d7a808a462775dd2de6a51b6c34b7172")]
    [InlineData("http://localhost:39001", "3c60e58655617bb9a0890dd730e9323d", "d7a808a462775dd2de6a51b6c34b7172")]
    public void Nginx_IsMd5OfTheAddress(string address, params string[] values) => Assert.Equal(values, Values(ForeignCookieKind.Nginx, address));

    /// <summary>HAProxy 2.6.12 with <c>dynamic-cookie-key MYKEY</c>, run.</summary>
    [Theory]
    [InlineData("http://127.0.0.1:39001", "e157eaea7b12aca0")]
    [InlineData("http://127.0.0.1:39002", "cfa418e813bec831")]
    [InlineData("http://[::1]:39001", "743e3fb9ac09c6ba")]
    public void HaproxyDynamic_IsXxh64OfKeyAddressAndPort(string address, string value) =>
        Assert.Equal([value], Values(ForeignCookieKind.HaproxyDynamic, address, key: "MYKEY"));

    /// <summary>Traefik's sources, 3.7 (SHA-256), 3.3.4 (FNV-1), 2.11.0 (FNV-1 twice) and before (the URL).</summary>
    [Fact]
    public void Traefik_IsAHashOfTheUrl_ByVersion()
    {
        var values = Values(ForeignCookieKind.Traefik, "http://127.0.0.1:39001");

        Assert.Equal(["a629b11a4336afff", "82990c1ef81478b5", "f7b8847913d7a333", "http://127.0.0.1:39001"], values.Take(4));
        Assert.Equal("http://127.0.0.1:39001/", values[^1]); // the other spelling
    }

    /// <summary>YARP 2.1.0 with <c>HashCookie</c>, run.</summary>
    [Theory]
    [InlineData("node-a")]
    [InlineData("NODE-A")]
    public void YarpHash_IsXxh64OfTheName(string name) => Assert.Equal(["be60062f948eb160"], Values(ForeignCookieKind.YarpHash, name: name));

    /// <summary>YARP 2.1.0 with <c>ArrCookie</c>, run; YARP's source says that it is ARR's format.</summary>
    [Theory]
    [InlineData("node-a")]
    [InlineData("Node-A")]
    public void Arr_IsSha256OfTheName(string name) =>
        Assert.Equal(["DB18A95712E7751428C26ADED9414ED7A583092B211FBC90D28BB820794DD8E6"], Values(ForeignCookieKind.Arr, name: name));

    /// <summary>What the operator says wins where it has the proxy's form; ports are the scheme's where none is written.</summary>
    [Theory]
    [InlineData(ForeignCookieKind.Nginx, "http://hub-a:5000", "10.0.0.11:5000", "10.0.0.11:5000")]
    [InlineData(ForeignCookieKind.Nginx, "http://hub-a:5000", "[2001:DB8::1]:80", "[2001:db8::1]:80")]
    [InlineData(ForeignCookieKind.Nginx, "http://hub-a:5000", "localhost:5000", "127.0.0.1:5000", "[::1]:5000")]
    [InlineData(ForeignCookieKind.Nginx, "http://hub-a:5000", "unix:/run/hub.sock", "unix:/run/hub.sock")]
    [InlineData(ForeignCookieKind.Nginx, "http://hub-a:5000", null)]
    [InlineData(ForeignCookieKind.Nginx, "http://hub-a:5000", "route-a")]
    [InlineData(ForeignCookieKind.Nginx, "http://10.0.0.11", "route-a", "10.0.0.11:80")]
    [InlineData(ForeignCookieKind.Nginx, "https://10.0.0.11", null, "10.0.0.11:443")]
    [InlineData(ForeignCookieKind.HaproxyDynamic, "http://hub-a:5000", "unix:/run/hub.sock")]
    [InlineData(ForeignCookieKind.HaproxyDynamic, "http://hub-a:5000", "10.0.0.11")]
    [InlineData(ForeignCookieKind.Haproxy, "http://10.0.0.11", null)]
    [InlineData(ForeignCookieKind.Haproxy, "http://10.0.0.11", "s1", "s1")]
    [InlineData(ForeignCookieKind.Haproxy, "http://10.0.0.11", "s|1")]
    [InlineData(ForeignCookieKind.HaproxyPrefix, "http://10.0.0.11", "s|1", "s|1")]
    [InlineData(ForeignCookieKind.HaproxyPrefix, "http://10.0.0.11", "s~1")]
    [InlineData(ForeignCookieKind.Literal, "http://10.0.0.11", "s;1")]
    [InlineData(ForeignCookieKind.Traefik, "http://10.0.0.11/x/", null, "http://10.0.0.11/x", "http://10.0.0.11/x/")]
    [InlineData(ForeignCookieKind.Traefik, "http://10.0.0.11", "h2c://hub-a", "h2c://hub-a")]
    [InlineData(ForeignCookieKind.YarpHash, "http://10.0.0.11", "dest/a", "DEST/A")]
    [InlineData(ForeignCookieKind.Arr, "http://10.0.0.11", "HUB-A.Example", "hub-a.example")]
    public void Names_OfANode_AreThoseOfTheOtherProxy(ForeignCookieKind kind, string address, string? foreignKey, params string[] names) =>
        Assert.Equal(names, ForeignNames.Of(kind, "a", address, foreignKey));

    private static string[] Values(ForeignCookieKind kind, string address = "http://10.0.0.1", string name = "a", string? key = null) =>
        [.. ForeignNames.Of(kind, name, address, foreignKey: null).SelectMany(known => ForeignValues.Of(kind, known, key))];
}
