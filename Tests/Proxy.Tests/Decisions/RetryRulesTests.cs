using System.Net.Sockets;
using Microsoft.AspNetCore.Http.Features;
using Proxy.Decisions;
using Proxy.Requests;
using Xunit;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Tests.Decisions;

public sealed class RetryRulesTests
{
    [Theory]
    // opens a connection: may be repeated; has no owner: may move while it is unsent
    [InlineData("POST /chat/negotiate", true, true)]
    [InlineData("GET /signalr/negotiate?clientProtocol=2.1", true, true)]
    [InlineData("GET /socket.io/?EIO=4", true, true)]
    [InlineData("WS /chat", true, true)]
    [InlineData("WS /chat?id=x", false, false)] // an owner alone can answer
    [InlineData("GET /chat?id=x", false, false)]
    [InlineData("POST /chat?id=x", false, false)]
    [InlineData("GET /page", false, true)]
    [InlineData("HEAD /page", false, true)]
    [InlineData("OPTIONS /page", false, true)]
    [InlineData("POST /page", false, true)]
    [InlineData("DELETE /page", false, true)]
    public void Request_OfEachKind_MayTryAnotherNodeOrNot(string request, bool isRepeatable, bool isMovable)
    {
        var (method, target) = (request.Split(' ')[0], request.Split(' ')[1]);
        var context = method is "WS" ? Http.WebSocket(target) : Http.Request(method, target);
        var read = RequestReader.Read(context);

        Assert.Equal((isRepeatable, isMovable), (RetryRules.IsRepeatable(context, read), RetryRules.IsMovable(read)));

        context.Features.Set<IHttpRequestBodyDetectionFeature>(new Body());
        Assert.Equal((false, isMovable), (RetryRules.IsRepeatable(context, read), RetryRules.IsMovable(read)));
        context.Features.Set<IHttpRequestBodyDetectionFeature>(null);
        context.Request.ContentLength = 1;
        Assert.Equal((false, isMovable), (RetryRules.IsRepeatable(context, read), RetryRules.IsMovable(read)));
        context.Request.ContentLength = 0;
        Assert.Equal((isRepeatable, isMovable), (RetryRules.IsRepeatable(context, read), RetryRules.IsMovable(read)));
    }

    [Fact]
    public void IsConnectFailure_OnlyWhereNothingWasSent()
    {
        Assert.True(RetryRules.IsConnectFailure(new HttpRequestException(HttpRequestError.ConnectionError)));
        Assert.True(RetryRules.IsConnectFailure(new HttpRequestException(HttpRequestError.NameResolutionError)));
        Assert.True(RetryRules.IsConnectFailure(new HttpRequestException(HttpRequestError.SecureConnectionError)));
        Assert.True(RetryRules.IsConnectFailure(new HttpRequestException("x", new SocketException((int)SocketError.ConnectionRefused))));
        Assert.True(RetryRules.IsConnectFailure(new TaskCanceledException("x", new TimeoutException()))); // SocketsHttpHandler.ConnectTimeout
        Assert.False(RetryRules.IsConnectFailure(new HttpRequestException(HttpRequestError.ResponseEnded)));
        Assert.False(RetryRules.IsConnectFailure(new HttpRequestException("x", new SocketException((int)SocketError.ConnectionReset))));
        Assert.False(RetryRules.IsConnectFailure(new OperationCanceledException()));
        Assert.False(RetryRules.IsConnectFailure(null));
    }

    [Theory]
    [InlineData(ForwarderError.RequestBodyClient, true)]
    [InlineData(ForwarderError.ResponseBodyClient, true)]
    [InlineData(ForwarderError.UpgradeRequestClient, true)]
    [InlineData(ForwarderError.Request, false)]
    [InlineData(ForwarderError.RequestTimedOut, false)]
    [InlineData(ForwarderError.ResponseBodyDestination, false)]
    [InlineData(ForwarderError.UpgradeResponseDestination, false)]
    public void IsClientFailure_SaysWhoseFaultItIs(ForwarderError error, bool expected)
    {
        var context = Http.Get("/page");
        Assert.Equal(expected, RetryRules.IsClientFailure(context, error));

        context.RequestAborted = new CancellationToken(canceled: true);
        Assert.True(RetryRules.IsClientFailure(context, error));
    }

    [Theory]
    [InlineData(502, true)]
    [InlineData(503, true)]
    [InlineData(504, true)]
    [InlineData(500, false)]
    [InlineData(501, false)]
    [InlineData(404, false)]
    [InlineData(200, false)]
    public void IsUnavailable_WhatAnotherNodeMayAnswerBetter(int status, bool expected)
    {
        Assert.Equal(expected, RetryRules.IsUnavailable(status));
    }

    private sealed class Body : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => true;
    }
}
