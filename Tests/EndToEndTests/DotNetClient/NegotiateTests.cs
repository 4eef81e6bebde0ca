using System.Net;
using LoadTests.Connections;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Xunit;

namespace EndToEndTests.DotNetClient;

/// <summary>Answers to a negotiate, and what the client does next.</summary>
public sealed class NegotiateTests : ClientTest
{
    [Theory, MemberData(nameof(Transports))]
    public async Task Redirect_WithToken_GoesThereWithIt(HttpTransportType transport)
    {
        await using var connection = await StartAsync(transport, "/redirect", options => options.AccessTokenProvider = () => Task.FromResult<string?>("own"));

        Assert.Equal("hello", await connection.InvokeAsync<string>("Echo", "hello", Cancel));
        Assert.Equal("Bearer own", Server.State.Requests.First().Authorization);
        Assert.Equal("?from=redirect&negotiateVersion=1", Server.State.Requests.ElementAt(1).Query);
        Assert.All(Server.State.Requests.Skip(1), request => Assert.Equal("Bearer redirected", request.Authorization));
        Assert.All(Server.State.Requests.Skip(2), request => Assert.Equal("?from=redirect&id=" + Trace.ConnectionToken, request.Query));
    }

    [Fact]
    public async Task Redirect_WithoutToken_KeepsTheApplications()
    {
        await using var connection = await StartAsync(
            HttpTransportType.WebSockets, "/redirect-without-token", options => options.AccessTokenProvider = () => Task.FromResult<string?>("own"));

        Assert.All(Server.State.Requests, request => Assert.Equal("Bearer own", request.Authorization));
    }

    [Fact]
    public async Task Redirect_Endless_StopsAt100()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(HttpTransportType.WebSockets, "/loop"));

        Assert.Equal(100, Trace.Count(HttpRequestKind.Negotiate, 200));
    }

    [Fact]
    public async Task Error_InTheAnswer_IsTheExceptionsText()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(HttpTransportType.WebSockets, "/error"));

        Assert.Contains("does not support this version", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProtocolVersion_InTheAnswer_IsRefusedAsAClassicServer()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(HttpTransportType.WebSockets, "/classic"));

        Assert.Contains("ASP.NET SignalR Server", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status503_IsTheExceptionsAndTheTraces()
    {
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => StartAsync(HttpTransportType.WebSockets, "/busy"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, error.StatusCode);
        Assert.Equal(503, Trace.LastNegotiateStatus);
        Assert.Equal(1, Trace.Count(503));
        Assert.Equal(1, Trace.FailedRequests);
    }

    [Fact]
    public async Task NoTransportStarts_EachIsTriedWithANegotiateOfItsOwn()
    {
        await Assert.ThrowsAsync<AggregateException>(() => StartAsync(HttpTransports.All, "/lost"));

        Assert.Equal(3, Trace.Count(HttpRequestKind.Negotiate, 200));
        Assert.Equal(1, Trace.Count(HttpRequestKind.WebSocket, 404));
        Assert.Equal(1, Trace.Count(HttpRequestKind.ServerSentEvents, 404));
        Assert.Equal(1, Trace.Count(HttpRequestKind.Poll, 404));
        Assert.Equal(3, Trace.FailedRequests);
    }

    [Fact]
    public async Task Id_IsAppendedUnencoded()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(HttpTransportType.ServerSentEvents, "/odd-token"));

        Assert.Equal("?id=-a_b.g1~c", Server.State.Requests.Last().Query);
    }

    [Fact]
    public async Task NegotiateVersion_InTheUrl_IsKept()
    {
        await using var connection = await StartAsync(HttpTransportType.WebSockets, "/hub?negotiateVersion=0");

        Assert.Equal("?negotiateVersion=0", Server.State.Requests.First().Query);
        Assert.Equal(Trace.ConnectionId, Trace.ConnectionToken);
    }
}
