using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Forwarding;

/// <summary>Which fields of a request reach the node, and how.</summary>
public sealed class RequestHeaderTests : FunctionalTestBed
{
    /// <summary>RFC 9110, 7.6.1.</summary>
    [Fact]
    public async Task Fields_NominatedByConnection_EndAtTheGateway()
    {
        var request = await SendAsync("Connection: X-Hop, x-other", "X-Hop: 1", "X-Other: 2", "X-Stays: 3");

        Assert.Empty(request.All("X-Hop"));
        Assert.Empty(request.All("X-Other"));
        Assert.Equal("3", request.Field("X-Stays"));
    }

    /// <summary>Kestrel forgets the names beside an option that it knows.</summary>
    [Theory]
    [InlineData("Connection: close, X-Hop")]
    [InlineData("Connection: X-Hop,Close")]
    [InlineData("Connection: keep-alive, X-Hop")]
    [InlineData("Connection: X-Hop , Keep-Alive")]
    [InlineData("Connection: upgrade, X-Hop")]
    [InlineData("Connection: close", "Connection: X-Hop")]
    [InlineData("Connection: X-Hop", "Connection: close")]
    public async Task Fields_NominatedBesideAnOption_EndAtTheGateway(params string[] connection)
    {
        var request = await SendAsync([.. connection, "X-Hop: 1", "X-Stays: 3"]);

        Assert.Empty(request.All("X-Hop"));
        Assert.Equal("3", request.Field("X-Stays"));
    }

    /// <summary>A field of requests cannot be taken from what describes a body, and the other way round.</summary>
    [Theory]
    [InlineData("TE", "TE: gzip")]
    [InlineData("Accept", "Accept: text/plain")]
    [InlineData("Content-Language", "Content-Language: de")]
    public async Task Field_NominatedByARequestWithABody_EndsAtTheGateway(string name, string field)
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node]);

        var answer = await AskAsync(gateway, $"POST /page HTTP/1.1\r\nHost: h\r\nConnection: {name}\r\n{field}\r\nContent-Length: 1\r\n\r\na");

        Assert.Equal(200, answer.Status);
        Assert.Empty(Assert.Single(node.Requests).All(name));
    }

    /// <summary>HttpClient would send a second Host beside one that it does not understand, and ASP.NET Core decodes names of other scripts.</summary>
    [Theory]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example")]
    [InlineData("[::1]:8080", "[::1]:8080")]
    [InlineData("a_b", "a_b")]
    [InlineData("hub.example.", "hub.example.")]
    [InlineData("", null)]
    public async Task Host_OfEachForm_ReachesTheNodeOnceAsItCame(string host, string? forwarded)
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node]);

        Assert.Equal(200, (await AskAsync(gateway, $"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).Status);

        var request = Assert.Single(node.Requests);
        Assert.Equal(forwarded ?? node.Url.Authority, Assert.Single(request.All("Host")));
        Assert.Equal(forwarded, request.Field("X-Forwarded-Host"));
    }

    [Theory]
    [InlineData("close")]
    [InlineData("Close")]
    [InlineData("close, X-Hop")]
    public async Task Connection_WithClose_IsClosedAfterTheAnswer(string connection)
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node]);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync($"GET / HTTP/1.1\r\nHost: h\r\nConnection: {connection}\r\n\r\n");

        Assert.Equal("close", (await client.ReadResponseAsync()).Field("Connection"));
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Fields_OfSeveralConnectionLines_EndAtTheGateway()
    {
        var request = await SendAsync("Connection: X-Hop", "Connection: X-Other", "X-Hop: 1", "X-Other: 2");

        Assert.Empty(request.All("X-Hop"));
        Assert.Empty(request.All("X-Other"));
    }

    /// <summary>Or a client could take away what the node's trust rests on.</summary>
    [Fact]
    public async Task Fields_ThatMatterToTheNode_CannotBeNominatedAway()
    {
        var request = await SendAsync(
            "Connection: Host, Cookie, Authorization, X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, Content-Length, Content-Type",
            "Cookie: a=b", "Authorization: Bearer x", "Content-Type: text/plain", "Content-Length: 0");

        Assert.Equal("hub.example", request.Field("Host"));
        Assert.Equal("a=b", request.Field("Cookie"));
        Assert.Equal("Bearer x", request.Field("Authorization"));
        Assert.Equal("127.0.0.1", request.Field("X-Forwarded-For"));
        Assert.Equal("http", request.Field("X-Forwarded-Proto"));
        Assert.Equal("hub.example", request.Field("X-Forwarded-Host"));
        Assert.Equal("0", request.Field("Content-Length"));
    }

    [Fact]
    public async Task Fields_ThatBelongToTheConnection_EndAtTheGateway()
    {
        var request = await SendAsync(
            "Connection: keep-alive", "Keep-Alive: timeout=5", "Proxy-Connection: keep-alive", "TE: trailers", "Proxy-Authorization: Basic x", "Trailer: X-A");

        Assert.Empty(request.All("Keep-Alive"));
        Assert.Empty(request.All("Proxy-Connection"));
        Assert.Empty(request.All("TE"));
        Assert.Empty(request.All("Proxy-Authorization"));
    }

    [Theory]
    [InlineData("hub.example")]
    [InlineData("hub.example:8443")]
    [InlineData("[::1]:80")]
    public async Task Host_OfTheClient_ReachesTheNode(string host)
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node]);

        await AskAsync(gateway, $"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");

        Assert.Equal(host, Assert.Single(node.Requests).Field("Host"));
    }

    /// <summary>By default Kestrel answers 400 and HttpClient throws (YARP issues 1502 and 2478).</summary>
    [Fact]
    public async Task Bytes_AboveAscii_PassUnchanged()
    {
        var everyByte = new string([.. Enumerable.Range(0xA0, 0x60).Select(i => (char)i)]);
        var utf8 = RawMessage.Utf8("žluťoučký 🐎");

        var request = await SendAsync("X-Bytes: " + everyByte, "X-Text: " + utf8, "Cookie: name=" + utf8 + "; other=" + everyByte);

        Assert.Equal(everyByte, request.Field("X-Bytes"));
        Assert.Equal(utf8, request.Field("X-Text"));
        Assert.Equal($"name={utf8}; other={everyByte}", request.Field("Cookie"));
    }

    /// <summary>RFC 9113, 8.2.3 joins cookies with "; "; a comma would make one of two.</summary>
    [Fact]
    public async Task Cookies_OfSeveralLines_ReachTheNodeAsOneList()
    {
        var request = await SendAsync("Cookie: a=1", "Cookie: b=2; c=3");

        Assert.Equal("a=1; b=2; c=3", string.Join("; ", request.All("Cookie")));
    }

    [Fact]
    public async Task AcceptEncoding_OfNegotiatesOnly_AsksForPlainAnswers()
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node]);

        await NegotiateAsync(gateway, "/chat", "Accept-Encoding: br, gzip");
        await AskAsync(gateway, "GET", "/page", "Accept-Encoding: br, gzip");
        await AskAsync(gateway, "GET", "/socket.io/?EIO=4&transport=polling", "Accept-Encoding: gzip");
        await NegotiateAsync(gateway);

        Assert.Equal(["identity", "br, gzip", "identity", "identity"], node.Requests.Select(static request => request.Field("Accept-Encoding")));
    }

    [Fact]
    public async Task AcceptEncoding_WhereBodiesAreNotRead_Stays()
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node], "--Gateway:Affinity:Mode=Cookie");

        await NegotiateAsync(gateway, "/chat", "Accept-Encoding: br");

        Assert.Equal("br", Assert.Single(node.Requests).Field("Accept-Encoding"));
    }

    [Fact]
    public async Task Fields_OfTheApplication_PassInOrderAndAsTheyAre()
    {
        var request = await SendAsync("Origin: https://page.example",
            "X-SignalR-User-Agent: Microsoft SignalR/8.0 (8.0.0; Unknown OS; Browser; Unknown Runtime Version)",
            "X-Empty:", "X-Twice: a", "X-Twice: b,c", "If-None-Match: W/\"x\"", "Range: bytes=0-1", "Referer: http://a/ü");

        Assert.Equal("https://page.example", request.Field("Origin"));
        Assert.Equal("Microsoft SignalR/8.0 (8.0.0; Unknown OS; Browser; Unknown Runtime Version)", request.Field("X-SignalR-User-Agent"));
        Assert.Equal("", request.Field("X-Empty"));
        Assert.Equal("a, b,c", string.Join(", ", request.All("X-Twice")));
        Assert.Equal("W/\"x\"", request.Field("If-None-Match"));
        Assert.Equal("bytes=0-1", request.Field("Range"));
        Assert.Equal("http://a/ü", request.Field("Referer"));
    }

    [Fact]
    public async Task Body_OfUnknownLength_StreamsToTheNode()
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node]);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync("POST /upload HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
        await Eventually.HoldsAsync(() => node.Accepted == 1); // before the rest of the body is there
        await client.SendAsync("6\r\nsecond\r\n0\r\n\r\n");

        Assert.Equal(200, (await client.ReadResponseAsync()).Status);
        Assert.Equal("firstsecond", Assert.Single(node.Requests).Body);
    }

    private async Task<RawMessage> SendAsync(params string[] fields)
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node]);
        Assert.Equal(200, (await AskAsync(gateway, "POST", "/chat", fields.Any(
            field => field.StartsWith("Content-Length", StringComparison.Ordinal)) ? fields : ["Content-Length: 0", .. fields])).Status);
        return Assert.Single(node.Requests);
    }
}
