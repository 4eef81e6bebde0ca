using Microsoft.AspNetCore.Server.Kestrel.Core;
using Proxy.Configuration;
using Xunit;

namespace Proxy.Tests.Configuration;

/// <summary>The section <c>Kestrel</c> and the addresses beside it: everything takes effect or is an error.</summary>
public sealed class KestrelReaderTests
{
    [Theory]
    [InlineData("Kestrel:Limit:X=1", "Kestrel:Limit is not a known key and would have no effect; the nearest known key is Kestrel:Limits.")]
    [InlineData("Kestrel:Limits:MaxRequestBodySise=1", "Kestrel:Limits:MaxRequestBodySise is not a known key and would have no effect; the nearest known key is Kestrel:Limits:MaxRequestBodySize.")]
    [InlineData("Kestrel:MaxRequestBodySize=1", "the nearest known key is Kestrel:Limits:MaxRequestBodySize.")]
    [InlineData("Kestrel:Limits:MaxRequestBodySize=-1", "Kestrel:Limits:MaxRequestBodySize is '-1' but must be a whole number, 0 or more")]
    [InlineData("Kestrel:Limits:MaxRequestBodySize=30MB", "must be a whole number")]
    [InlineData("Kestrel:Limits:MaxConcurrentConnections=0", "nobody could connect")]
    [InlineData("Kestrel:Limits:KeepAliveTimeout=130", "130 seconds are 00:02:10.")]
    [InlineData("Kestrel:Limits:Http2:MaxFrameSize=5", "must be a whole number, 16384 to 16777215")]
    [InlineData("Kestrel:Limits:MaxRequestBufferSize=2000", "must be at least Kestrel:Limits:MaxRequestLineSize, which is 16384", 2)]
    [InlineData("Kestrel:Limits:MinResponseDataRate=", "Kestrel:Limits:MinResponseDataRate is empty; to set no rate write Kestrel:Limits:MinResponseDataRate:BytesPerSecond with null")]
    [InlineData("Kestrel:Limits:MinRequestBodyDataRate:GracePeriod=00:00:01", "Kestrel looks once a second")]
    [InlineData("Kestrel:AddServerHeader=no", "must be true or false")]
    [InlineData("Kestrel:EndpointDefaults:Protocols=Http4", "must be one of")]
    [InlineData("Kestrel:EndpointDefaults:Protocols=None", "no request could be served")]
    [InlineData("Kestrel:EndpointDefaults:SslProtocols:0=Tls99", "Kestrel:EndpointDefaults:SslProtocols:0 is 'Tls99' but must be one of")]
    [InlineData("Kestrel:Certificates:Defualt:Path=x", "the nearest known key is Kestrel:Certificates:Default.")]
    [InlineData("Kestrel:Certificates:Default:Pasword=secret", "the nearest known key is Kestrel:Certificates:Default:Password.")]
    [InlineData("Kestrel:Certificates:Default:KeyPath=x", "Kestrel:Certificates:Default:Path is not given although KeyPath is")]
    [InlineData("Kestrel:Endpoints:a:Protocols=Http1", "Kestrel:Endpoints:a:Url is not given; the endpoint would listen nowhere.")]
    [InlineData("Kestrel:Endpoints:a=http://*:80", "has a value but is a section", 2)]
    [InlineData("Kestrel:Endpoints:a:Url=htp://*:80", "Kestrel:Endpoints:a:Url is 'htp://*:80' but must be an http or https address")]
    [InlineData("Kestrel:Endpoints:a:Url=http://*:80|Kestrel:Endpoints:a:Certificat:Path=x", "the nearest known key is Kestrel:Endpoints:a:Certificate.")]
    [InlineData("Kestrel:Endpoints:a:Url=http://*:80|Kestrel:Endpoints:a:Certificate:Path=x", "Kestrel:Endpoints:a:Certificate is for https")]
    [InlineData("Kestrel:Endpoints:a:Url=https://*:443|Kestrel:Endpoints:a:Certificate:Path=x|Kestrel:Endpoints:a:Certificate:Subject=y", "has both Path and Subject")]
    [InlineData("Kestrel:Endpoints:a:Url=https://*:443|Kestrel:Endpoints:a:Sni:b.example:Protocols=Http1", "no client could connect by this name")]
    [InlineData("Kestrel:Endpoints:a:Url=https://*:443|Kestrel:Endpoints:a:Sni:**.b:Certificate:Path=x", "must be called by a host name")]
    [InlineData("Kestrel:Endpoints:a:Url=http://*:80|Kestrel:Endpoints:b:Url=http://127.0.0.1:80", "Kestrel:Endpoints:b:Url is 'http://127.0.0.1:80', which Kestrel:Endpoints:a:Url ('http://*:80') takes as well")]
    [InlineData("Urls=http://localhost:80;http://[::1]:80", "takes as well")]
    [InlineData("Urls=http://a:80;http://a:80", "Urls names 'http://a:80' twice")]
    [InlineData("Urls=https://*:443|Kestrel:Certificates:Default:Path=x|Kestrel:EndpointDefaults:Protocols=Http1AndHttp2AndHttp3", "have to be written as Kestrel:Endpoints:NAME:Url")]
    [InlineData("Urls=http://*:80/base", "Urls is 'http://*:80/base' but must be")]
    [InlineData("Urls=http://unix:relative.sock", "but must be")]
    [InlineData("HTTP_PORTS=80;80", "HTTP_PORTS names 'http://*:80' twice")]
    [InlineData("HTTP_PORTS=eighty", "HTTP_PORTS is 'http://*:eighty' but must be")]
    public void Mistake_IsAnError(string settings, string message, int count = 1)
    {
        var errors = Settings.Read(Settings.WithNode(settings.Split('|'))).Errors;

        Assert.Equal(count, errors.Count);
        Assert.Contains(message, string.Join('\n', errors), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", string.Join('\n', errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Urls=http://*:80;https://*:443")]
    [InlineData("Urls=http://127.0.0.1:0;http://127.0.0.1:0")]
    [InlineData("Urls=http://unix:/run/gateway.sock;http://*:80")]
    [InlineData("Urls=http://127.0.0.1:80;http://[::1]:80;http://127.0.0.2:80")]
    [InlineData("Urls=http://*:80|Kestrel:Endpoints:a:Url=http://*:80")] // where there are endpoints, Urls are left aside
    [InlineData("Kestrel:Certificates:Development:Password=x")]
    public void Addresses_ThatCanBeOpened_AreAccepted(string settings) => Settings.Accepted(Settings.WithNode(settings.Split('|')));

    [Fact]
    public void Values_OfEveryKind_AreRead()
    {
        var kestrel = Read(
            "Kestrel:Limits:MaxRequestBodySize=1000", "Kestrel:Limits:MaxRequestBufferSize=", "Kestrel:Limits:MinResponseDataRate:BytesPerSecond=",
            "Kestrel:Limits:MinRequestBodyDataRate:BytesPerSecond=1.5", "Kestrel:EndpointDefaults:Protocols=http1andhttp2",
            "Kestrel:Endpoints:tls:Url=https://*:443", "Kestrel:Endpoints:tls:Sni:*.a.example:Certificate:Path=a.pem");

        Assert.Equal((1000, null), (kestrel.Limits.MaxRequestBodySize, kestrel.Limits.MaxRequestBufferSize));
        Assert.Equal((null, 1.5), (kestrel.Limits.MinResponseDataRate.BytesPerSecond, kestrel.Limits.MinRequestBodyDataRate.BytesPerSecond));
        Assert.Equal(HttpProtocols.Http1AndHttp2, kestrel.EndpointDefaults.Protocols);
        Assert.Equal("a.pem", kestrel.Endpoints["TLS"].Sni["*.A.example"].Certificate.Path);
    }

    [Fact]
    public void Null_InAFile_SetsNoLimit()
    {
        var reading = Settings.Read(Settings.Json(
            """{ "Gateway": { "Nodes": { "a": "http://a" } }, "Kestrel": { "Limits": { "MaxRequestBufferSize": null, "MinResponseDataRate": { "BytesPerSecond": null } } } }"""));

        Assert.Empty(reading.Errors);
        Assert.Equal((null, null), (reading.Kestrel.Limits.MaxRequestBufferSize, reading.Kestrel.Limits.MinResponseDataRate.BytesPerSecond));
    }

    /// <summary>An application that embeds the gateway has a Kestrel of its own.</summary>
    [Fact]
    public void Section_OfAnApplication_IsNotRead() =>
        Assert.Empty(Settings.Read(Settings.WithNode("Kestrel:Unknown=1", "Urls=nothing"), needsNodes: false).Errors);

    private static KestrelOptions Read(params string[] settings)
    {
        var reading = Settings.Read(Settings.WithNode(settings));
        Assert.Empty(reading.Errors);
        return reading.Kestrel;
    }
}
