using Microsoft.AspNetCore.Http.Features;
using Proxy.Requests;
using Xunit;

namespace Proxy.Tests.Requests;

public sealed class RequestReaderTests
{
    private const string Tag = ".g1AbCdEfGh-_0";

    [Theory]
    [InlineData("OPTIONS", "/chat/negotiate", "Other")] // no preflight: it asks for no method
    [InlineData("POST", "/chat/negotiate", "Negotiate")]
    [InlineData("POST", "/chat/negotiate/", "Negotiate")]
    [InlineData("POST", "/chat/NEGOTIATE?negotiateVersion=1", "Negotiate")]
    [InlineData("POST", "/negotiate", "Negotiate")]
    [InlineData("POST", "/chat/negotiate?id=5", "Negotiate")] // the application's own
    [InlineData("GET", "/chat/negotiate", "Other")]
    [InlineData("GET", "/signalr/negotiate?clientProtocol=2.1&connectionData=x", "Negotiate")]
    [InlineData("HEAD", "/chat/negotiate", "Other")]
    [InlineData("POST", "/chat/renegotiate", "Other")]
    [InlineData("GET", "/chat?id=abc", "HasId")]
    [InlineData("POST", "/chat?id=abc", "HasId")]
    [InlineData("DELETE", "/chat?id=abc", "HasId")]
    [InlineData("PUT", "/chat/refresh?x=1&ID=abc", "HasId")]
    [InlineData("GET", "/chat?%69%64=abc", "HasId")]
    [InlineData("GET", "/chat?id=", "Other")] // the node answers 400
    [InlineData("GET", "/chat?id", "Other")]
    [InlineData("GET", "/chat?ids=5", "Other")]
    [InlineData("GET", "/chat", "Other")]
    [InlineData("GET", "/signalr/connect?transport=longPolling&clientProtocol=2.1&connectionToken=a%2Bb", "HasId")]
    [InlineData("GET", "/signalr/ping", "Other")]
    [InlineData("GET", "/socket.io/?EIO=4&transport=polling", "Negotiate")]
    [InlineData("GET", "/socket.io/?EIO=4&transport=polling&sid=", "Negotiate")]
    [InlineData("POST", "/socket.io/?EIO=4&transport=polling", "Other")]
    [InlineData("GET", "/socket.io/?EIO=4&transport=polling&sid=abc", "HasId")]
    [InlineData("POST", "/socket.io/?eio=4&transport=polling&SID=abc", "HasId")]
    [InlineData("GET", "/page?sid=abc", "Other")] // without EIO it is anybody's
    public void Kind_ByMethodPathAndQuery(string method, string target, string kind)
    {
        Assert.Equal(kind, Read(Http.Request(method, target)).Kind.ToString());
    }

    [Theory]
    [InlineData("/chat")]
    [InlineData("/chat/negotiate")]
    [InlineData("/chat?id=abc")]
    [InlineData("/socket.io/?EIO=4")]
    public void Kind_Preflight_IsFirst(string target)
    {
        Assert.Equal(RequestKind.Preflight, Read(Http.Preflight(target)).Kind);
    }

    [Fact]
    public void Kind_WebSocketWithoutId_OpensAConnection()
    {
        Assert.Equal(RequestKind.WebSocket, Read(Http.WebSocket("/chat")).Kind);
        Assert.Equal(RequestKind.WebSocket, Read(Http.WebSocket("/chat?id=")).Kind);
        Assert.Equal(RequestKind.WebSocket, Read(Http.WebSocket("/chat/negotiate")).Kind);
        Assert.Equal(RequestKind.WebSocket, Read(Http.WebSocket("/socket.io/?EIO=4&transport=websocket")).Kind);
        Assert.Equal(RequestKind.HasId, Read(Http.WebSocket("/chat?id=abc")).Kind);
        Assert.Equal(RequestKind.HasId, Read(Http.WebSocket("/socket.io/?EIO=4&transport=websocket&sid=abc")).Kind);
    }

    [Fact]
    public void Kind_UpgradeFields_MakeAWebSocketOfAGetOnly()
    {
        // RFC 6455 4.1: the method is GET. Some proxies add the fields to whatever passes.
        var negotiate = Http.WebSocket("/chat/negotiate");
        negotiate.Request.Method = "POST";

        Assert.Equal((RequestKind.Negotiate, Transport.Unknown), KindAndTransport(negotiate));
    }

    [Fact]
    public void Kind_UpgradeThatCannotBe_IsAnOrdinaryRequest()
    {
        Assert.Equal(RequestKind.Other, Read(Http.Get("/chat", ("Upgrade", "websocket"))).Kind);

        var other = Http.WebSocket("/chat");
        other.Request.Headers.Upgrade = "h2c";
        Assert.Equal(RequestKind.Other, Read(other).Kind);
    }

    [Theory]
    [InlineData("websocket", "WebSocket", "WebSockets")]
    [InlineData("connect-udp", "Other", "Unknown")]
    public void Kind_ExtendedConnect_IsAWebSocketByItsProtocol(string protocol, string kind, string transport)
    {
        var context = Http.Request("CONNECT", "/chat");
        context.Features.Set<IHttpExtendedConnectFeature>(new ExtendedConnect(protocol));

        var request = Read(context);

        Assert.Equal((kind, transport), (request.Kind.ToString(), request.Transport.ToString()));
    }

    [Theory]
    [InlineData("/chat?id=abc", "signalr", "abc")]
    [InlineData("/chat?id=a%2Eb%63", "signalr", "a%2Eb%63")]
    [InlineData("/chat?access_token=x&id=abc&_=1", "signalr", "abc")]
    [InlineData("/signalr/poll?connectionToken=tok&id=app", "classic", "tok")] // both: classic's own, the other is the application's
    [InlineData("/signalr/poll?id=app&CONNECTIONTOKEN=tok", "classic", "tok")]
    [InlineData("/signalr/poll?connectionToken=tok&id=app" + Tag, "classic", "app" + Tag)] // a tag is ours wherever it stands
    [InlineData("/socket.io/?EIO=4&sid=abc&id=app", "engine.io", "abc")]
    [InlineData("/socket.io/?EIO=4&sid=abc&connectionToken=tok", "engine.io", "abc")]
    public void Id_IsTheOneOfItsProtocol(string target, string protocol, string id)
    {
        var request = Read(Http.Get(target));

        Assert.Equal((protocol, id), (request.Protocol.Name, request.RawId.ToString()));
    }

    [Theory]
    [InlineData("?id=tok" + Tag, "?id=tok", true)]
    [InlineData("?id=" + Tag, "?id=", true)]
    [InlineData("?a=1&id=tok" + Tag + "&access_token=a.b-c", "?a=1&id=tok&access_token=a.b-c", true)]
    [InlineData("?ID=tok" + Tag, "?ID=tok", true)]
    [InlineData("?%69d=tok" + Tag, "?%69d=tok", true)]
    [InlineData("?id=tok%2Eg1AbCdEfGh-_0", "?id=tok", true)]
    [InlineData("?id=t%6Fk.%671AbCdEfGh%2D_%30&x=%", "?id=t%6Fk&x=%", true)]
    [InlineData("?id=tok.g1one.g1AbCdEfGh-_0", "?id=tok.g1one", true)] // a gateway behind a gateway: the last is ours
    [InlineData("?id=tok.g1AbCdEfGh-_", "?id=tok.g1AbCdEfGh-_", false)]
    [InlineData("?id=tok.g2AbCdEfGh-_0", "?id=tok.g2AbCdEfGh-_0", false)]
    [InlineData("?id=tok.G1AbCdEfGh-_0", "?id=tok.G1AbCdEfGh-_0", false)]
    [InlineData("?id=tok.g1AbCdEfGh-+0", "?id=tok.g1AbCdEfGh-+0", false)]
    [InlineData("?id=tok.g1AbCdEfGh-_0x", "?id=tok.g1AbCdEfGh-_0x", false)]
    [InlineData("?id=tok.g1AbCdEfGh-_%2", "?id=tok.g1AbCdEfGh-_%2", false)]
    [InlineData("?token=tok" + Tag, "?token=tok" + Tag, false)]
    [InlineData("?EIO=4&sid=tok" + Tag, "?EIO=4&sid=tok" + Tag, false)] // sids and classic tokens are never tagged
    [InlineData("?connectionToken=tok" + Tag, "?connectionToken=tok" + Tag, false)]
    public void Tag_IsCutOutOfTheIdOnly(string query, string expected, bool hasTag)
    {
        var request = Read(Http.Get("/chat" + query));

        Assert.Equal((expected, hasTag), (request.QueryWithoutTag(), request.HasTag));
    }

    [Theory]
    [InlineData("?id=a&id=b", true)]
    [InlineData("?id=a&id=a", true)]
    [InlineData("?id=&id=b", true)] // ASP.NET Core makes ",b" of it
    [InlineData("?id=a&%49D=b", true)]
    [InlineData("?id=a&ids=b", false)]
    [InlineData("?connectionToken=t&id=a&id=b", false)]
    [InlineData("?EIO=4&sid=t&id=a&id=b", false)]
    public void IdIsRepeated_WhereTheProtocolReadsIt(string query, bool expected)
    {
        Assert.Equal(expected, Read(Http.Get("/chat" + query)).IdIsRepeated);
    }

    [Theory]
    [InlineData("GET", "/chat?id=a", null, "LongPolling")]
    [InlineData("GET", "/chat?id=a", "text/event-stream", "ServerSentEvents")]
    [InlineData("GET", "/chat?id=a", "text/html, Text/Event-Stream;q=0.5", "ServerSentEvents")]
    [InlineData("POST", "/chat?id=a", null, "Unknown")]
    [InlineData("DELETE", "/chat?id=a", null, "Unknown")]
    [InlineData("GET", "/chat", "text/event-stream", "Unknown")]
    [InlineData("GET", "/signalr/connect?transport=serverSentEvents&connectionToken=t", "*/*", "ServerSentEvents")]
    [InlineData("GET", "/signalr/connect?transport=foreverFrame&connectionToken=t", "*/*", "ServerSentEvents")]
    [InlineData("GET", "/signalr/poll?transport=longPolling&connectionToken=t", null, "LongPolling")]
    [InlineData("POST", "/signalr/connect?transport=longPolling&connectionToken=t", null, "LongPolling")] // only JSONP polls by GET
    [InlineData("POST", "/signalr/poll?transport=longPolling&connectionToken=t", null, "LongPolling")]
    [InlineData("POST", "/signalr/reconnect/?transport=longPolling&connectionToken=t", null, "LongPolling")]
    [InlineData("GET", "/signalr/start?transport=webSockets&connectionToken=t", null, "Unknown")] // short: it only names the transport
    [InlineData("GET", "/signalr/start?transport=serverSentEvents&connectionToken=t", null, "Unknown")]
    [InlineData("GET", "/signalr/Send/?transport=longPolling&connectionToken=t&callback=f", null, "Unknown")]
    [InlineData("POST", "/signalr/send?transport=longPolling&connectionToken=t", null, "Unknown")]
    [InlineData("POST", "/signalr/abort?transport=longPolling&connectionToken=t", null, "Unknown")]
    [InlineData("GET", "/socket.io/?EIO=4&transport=polling&sid=t", null, "LongPolling")]
    public void Transport_OfWhatStaysOpen(string method, string target, string? accept, string expected)
    {
        var context = accept is null ? Http.Request(method, target) : Http.Request(method, target, ("Accept", accept));

        Assert.Equal(expected, Read(context).Transport.ToString());
    }

    private static RequestInfo Read(HttpContext context) => RequestReader.Read(context);

    private static (RequestKind, Transport) KindAndTransport(HttpContext context)
    {
        var request = Read(context);
        return (request.Kind, request.Transport);
    }

    private sealed class ExtendedConnect(string protocol) : IHttpExtendedConnectFeature
    {
        public bool IsExtendedConnect => true;

        public string Protocol => protocol;

        public ValueTask<Stream> AcceptAsync() => throw new NotSupportedException();
    }
}
