using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Proxy.Hosting;
using Xunit;

namespace Proxy.Tests.Hosting;

/// <summary>What an operator can correct is told in one line; a fault of the program keeps its stack trace.</summary>
public sealed class StartErrorTests
{
    [Theory]
    [InlineData(SocketError.AccessDenied, "The listener 0.0.0.0:80 needs a permission that this program does not have. Choose a port above 1023, or allow the program lower ones (CAP_NET_BIND_SERVICE).")]
    [InlineData(SocketError.AddressNotAvailable, "The listener 0.0.0.0:80 is not an address of this machine. Choose one that it has, or * for all of them.")]
    [InlineData(SocketError.AddressAlreadyInUse, "The listener 0.0.0.0:80 is in use: another program listens there. End that program, or choose another address.")]
    public void Listener_ThatCannotBeOpened_IsNamedWithWhatToDo(SocketError error, string line) =>
        Assert.Equal([line], StartError.Describe(new ListenException("The listener 0.0.0.0:80", new SocketException((int)error))));

    [Fact]
    public void Listener_ThatCannotBeOpenedForAnotherReason_IsNamedWithTheReason()
    {
        var line = Assert.Single(StartError.Describe(new ListenException("The listener x", new SocketException((int)SocketError.TooManyOpenSockets)))!);

        Assert.StartsWith("The listener x could not be opened: ", line, StringComparison.Ordinal);
    }

    /// <summary>Kestrel's words for a port in use.</summary>
    [Fact]
    public void Listener_InUse_IsNamedByItsAddress() => Assert.Equal(
        ["http://127.0.0.1:8080 is in use: another program listens there. End that program, or choose another address."],
        StartError.Describe(new IOException("Failed to bind to address http://127.0.0.1:8080: address already in use.", new AddressInUseException("in use"))));

    /// <summary>localhost is two addresses.</summary>
    [Fact]
    public void Listener_OfTwoAddresses_IsToldOnceForEachReason()
    {
        var inner = new AggregateException(
            new ListenException("The listener 127.0.0.1:80", new SocketException((int)SocketError.AccessDenied)),
            new ListenException("The listener [::1]:80", new SocketException((int)SocketError.AddressNotAvailable)));

        Assert.Equal(2, StartError.Describe(new IOException("Failed to bind to address http://localhost:80.", inner))!.Count);
    }

    [Fact]
    public void Fault_OfTheProgram_IsNotDescribed() => Assert.Null(StartError.Describe(new InvalidOperationException("a fault")));
}
