using System.Net.Sockets;
using Proxy.Forwarding;
using Xunit;

namespace Proxy.Tests.Forwarding;

public sealed class FailureTextTests
{
    [Fact]
    public void Of_BrokenHeader_QuotesNothing()
    {
        var failure = new HttpRequestException(HttpRequestError.InvalidResponse, "Received an invalid header line: 'Set-Cookie secret'.");

        Assert.Equal("InvalidResponse, HttpRequestException", FailureText.Of(failure));
        Assert.Equal("InvalidResponse, HttpRequestException", FailureText.Of(new InvalidOperationException("secret", failure)));
    }

    [Fact]
    public void Of_RefusedConnection_SaysSo()
    {
        var refused = new SocketException((int)SocketError.ConnectionRefused);

        Assert.Equal(refused.Message, FailureText.Of(new HttpRequestException(HttpRequestError.ConnectionError, "secret", refused)));
    }

    [Fact]
    public void Of_OtherFailures_NamesTheirKindOnly()
    {
        Assert.Equal("given up", FailureText.Of(new TaskCanceledException("secret")));
        Assert.Equal("ResponseEnded, HttpIOException", FailureText.Of(
            new HttpRequestException("secret", new HttpIOException(HttpRequestError.ResponseEnded, "secret"))));
        Assert.Equal("InvalidOperationException", FailureText.Of(new InvalidOperationException("secret")));
        Assert.Equal("no reason given", FailureText.Of(null));
    }
}
