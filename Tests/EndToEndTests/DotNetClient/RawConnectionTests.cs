using System.Buffers;
using System.IO.Pipelines;
using LoadTests.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Connections;
using Tests.Common;
using Xunit;

namespace EndToEndTests.DotNetClient;

/// <summary>The connection beneath a hub connection.</summary>
public sealed class RawConnectionTests : ClientTest
{
    [Theory]
    [InlineData(HttpTransportType.WebSockets, TransferFormat.Text)]
    [InlineData(HttpTransportType.WebSockets, TransferFormat.Binary)]
    [InlineData(HttpTransportType.LongPolling, TransferFormat.Binary)]
    [InlineData(HttpTransportType.ServerSentEvents, TransferFormat.Text)]
    public async Task Bytes_WrittenAndEchoed_ArriveUnchanged(HttpTransportType transport, TransferFormat format)
    {
        using var factory = Factory(transport, format);
        await using var connection = await factory.ConnectAsync(new UriEndPoint(Server.At("/raw")), Cancel);
        var sent = format == TransferFormat.Binary ? Enumerable.Range(0, 100_000).Select(i => (byte)i).ToArray() : "plain text"u8.ToArray();

        await connection.Transport.Output.WriteAsync(sent, Cancel);

        Assert.Equal(sent, await ReadAsync(connection.Transport.Input, sent.Length));
    }

    [Fact]
    public async Task Connect_BinaryOverServerSentEvents_IsRefused()
    {
        using var factory = Factory(HttpTransportType.ServerSentEvents, TransferFormat.Binary);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await factory.ConnectAsync(new UriEndPoint(Server.At("/raw")), Cancel));

        Assert.Contains("ServerSentEvents", error.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Abort_EachTransport_TheReaderGetsTheReason(HttpTransportType transport)
    {
        using var factory = Factory(transport, TransferFormat.Text);
        await using var connection = await factory.ConnectAsync(new UriEndPoint(Server.At("/raw")), Cancel);
        var reading = connection.Transport.Input.ReadAsync(Cancel).AsTask();
        var reason = new ConnectionAbortedException("enough");

        connection.Abort(reason);

        Assert.Same(reason, await Assert.ThrowsAsync<ConnectionAbortedException>(() => reading.WaitAsync(Eventually.Patience, Cancel)));
        await ClosedAsync(connection);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task SocketsCut_EachTransport_TheReaderThrowsAndConnectionClosedFires(HttpTransportType transport)
    {
        using var factory = Factory(transport, TransferFormat.Text);
        await using var connection = await factory.ConnectAsync(new UriEndPoint(Server.At("/raw")), Cancel);
        await connection.Transport.Output.WriteAsync("settled"u8.ToArray(), Cancel);
        await ReadAsync(connection.Transport.Input, "settled".Length);

        Server.CutSockets();

        await Assert.ThrowsAnyAsync<Exception>(() => connection.Transport.Input.ReadAsync(Cancel).AsTask().WaitAsync(Eventually.Patience, Cancel));
        await ClosedAsync(connection);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Dispose_EachTransport_SendsWhatWasWrittenAndSaysGoodbye(HttpTransportType transport)
    {
        using var factory = Factory(transport, TransferFormat.Text);
        await using var connection = await factory.ConnectAsync(new UriEndPoint(Server.At("/raw")), Cancel);
        await connection.Transport.Output.WriteAsync("last words"u8.ToArray(), Cancel);

        await connection.DisposeAsync();

        await ClosedAsync(connection);
        Assert.Equal(0, Trace.FailedRequests);
        Assert.Equal(transport == HttpTransportType.WebSockets ? 0 : 1, Trace.Count(HttpRequestKind.Send, 200));
        Assert.Equal(transport == HttpTransportType.LongPolling ? 1 : 0, Trace.Count(HttpRequestKind.Delete, 202));
    }

    private static async Task<byte[]> ReadAsync(PipeReader input, int length)
    {
        var result = await input.ReadAtLeastAsync(length, Cancel).AsTask().WaitAsync(Eventually.Patience, Cancel);
        var bytes = result.Buffer.ToArray();
        input.AdvanceTo(result.Buffer.End);
        return bytes;
    }

    private static async Task ClosedAsync(ConnectionContext connection)
    {
        var closed = new TaskCompletionSource();
        await using var registration = connection.ConnectionClosed.Register(() => closed.TrySetResult());
        await closed.Task.WaitAsync(Eventually.Patience, Cancel);
    }

    private HttpConnectionFactory Factory(HttpTransportType transport, TransferFormat format) =>
        new(new HttpTransportOptions { Transport = transport, TransferFormat = format, Trace = Trace });
}
