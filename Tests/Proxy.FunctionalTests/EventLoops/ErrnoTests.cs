using System.Net.Sockets;
using System.Runtime.Versioning;
using EventLoops;
using Microsoft.AspNetCore.Connections;
using Xunit;

namespace Proxy.FunctionalTests.EventLoops;

[SupportedOSPlatform("linux")]
public sealed class ErrnoTests : SocketTestBed
{
    [Theory]
    [InlineData(111, SocketError.ConnectionRefused, "Connection refused")]
    [InlineData(110, SocketError.TimedOut, "Connection timed out")]
    [InlineData(24, SocketError.TooManyOpenSockets, "Too many open files")]
    [InlineData(23, SocketError.TooManyOpenSockets, "Too many open files in system")]
    [InlineData(99, SocketError.SocketError, "Cannot assign requested address")] // no port is left
    public void Error_OfAConnect_HasTheKernelsText(int number, SocketError code, string text)
    {
        var error = Errno.ToSocketException(number);

        Assert.Equal(code, error.SocketErrorCode);
        Assert.Equal(text, error.Message);
    }

    [Theory]
    [InlineData(104, true)]
    [InlineData(32, true)]
    [InlineData(103, true)]
    [InlineData(110, false)]
    public void Error_OfAStream_TellsWhetherThePeerHasResetIt(int number, bool isReset) =>
        Assert.Equal(isReset, Errno.ToIOException(number) is ConnectionResetException);
}
