using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Tests.Common;

/// <summary>One end of a TCP connection that speaks HTTP/1.1 as a test dictates it; every character stands for one byte.</summary>
public sealed class RawConnection : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly List<byte> _buffer = [];

    /// <param name="socket">Connected; belongs to this object from now on.</param>
    public RawConnection(Socket socket)
    {
        _socket = socket;
        _socket.NoDelay = true;
    }

    /// <summary>The other end has closed with a reset.</summary>
    public bool WasReset { get; private set; }

    /// <summary>A client's connection to a server.</summary>
    public static async Task<RawConnection> OpenAsync(Uri url)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var address = IPAddress.TryParse(url.Host.Trim('[', ']'), out var ip) && ip.AddressFamily is AddressFamily.InterNetwork ? ip : IPAddress.Loopback;
        await socket.ConnectAsync(address, url.Port, TestContext.Current.CancellationToken);
        return new RawConnection(socket);
    }

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _socket.SendAsync(bytes)..];
        }
    }

    /// <summary>Reads what ends with an empty line, and leaves the rest.</summary>
    public async Task<string> ReadHeadAsync() => await ReadUntilAsync("\r\n\r\n");

    /// <summary>Reads up to and without a separator, which is dropped.</summary>
    public async Task<string> ReadUntilAsync(string separator)
    {
        int at;
        while ((at = Text().IndexOf(separator, StringComparison.Ordinal)) < 0)
        {
            Assert.True(await ReceiveAsync(), $"The connection was closed after: {Text()}");
        }

        return Take(at + separator.Length)[..at];
    }

    /// <summary>Reads a number of bytes.</summary>
    public async Task<string> ReadAsync(int count)
    {
        while (_buffer.Count < count)
        {
            Assert.True(await ReceiveAsync(), $"The connection was closed after: {Text()}");
        }

        return Take(count);
    }

    /// <summary>Reads what is there, at least one byte; <see langword="null"/> when the other end has closed.</summary>
    public async Task<string?> ReadAnyAsync() => _buffer.Count > 0 || await ReceiveAsync() ? Take(_buffer.Count) : null;

    /// <summary>Reads until the other end closes; a reset counts as closing.</summary>
    public async Task<string> ReadToEndAsync()
    {
        while (await ReceiveAsync())
        {
            // All of it is in the buffer.
        }

        return Take(_buffer.Count);
    }

    /// <summary>Reads one chunk of a chunked body; empty: the last one, whose trailers are still to be read.</summary>
    public async Task<string> ReadChunkAsync()
    {
        var size = int.Parse(await ReadUntilAsync("\r\n"), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if (size == 0)
        {
            return "";
        }

        var chunk = await ReadAsync(size);
        Assert.Equal("\r\n", await ReadAsync(2));
        return chunk;
    }

    /// <summary>Reads a whole response.</summary>
    /// <param name="method">Of the request; HEAD has no body.</param>
    public async Task<RawMessage> ReadResponseAsync(string method = "GET")
    {
        var message = new RawMessage(await ReadHeadAsync(), "");
        if (method is "HEAD" || message.Status is < 200 or 204 or 304)
        {
            return message;
        }

        return message.Field("Content-Length") is null && message.Field("Transfer-Encoding") is null
            ? message with { Body = await ReadToEndAsync() }
            : message with { Body = await ReadBodyAsync(message) };
    }

    /// <summary>Reads a whole request; <see langword="null"/> when the client closes instead.</summary>
    public async Task<RawMessage?> ReadRequestAsync()
    {
        if (_buffer.Count == 0 && !await ReceiveAsync())
        {
            return null;
        }

        var message = new RawMessage(await ReadHeadAsync(), "");
        return message with { Body = await ReadBodyAsync(message) };
    }

    /// <summary>Says that nothing more is sent, and goes on to read.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes with a reset.</summary>
    public void Reset()
    {
        if (_socket.SafeHandle.IsClosed)
        {
            return;
        }

        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<string> ReadBodyAsync(RawMessage message)
    {
        if (message.Field("Content-Length") is { } length)
        {
            return await ReadAsync(int.Parse(length, CultureInfo.InvariantCulture));
        }

        if (message.Field("Transfer-Encoding") is null)
        {
            return "";
        }

        var body = new StringBuilder();
        while (await ReadChunkAsync() is { Length: > 0 } chunk)
        {
            body.Append(chunk);
        }

        while (await ReadUntilAsync("\r\n") is { Length: > 0 })
        {
            // Trailers; tests that want them read them by themselves.
        }

        return body.ToString();
    }

    private string Text() => Encoding.Latin1.GetString([.. _buffer]);

    private string Take(int count)
    {
        var text = Encoding.Latin1.GetString([.. _buffer[..count]]);
        _buffer.RemoveRange(0, count);
        return text;
    }

    private async Task<bool> ReceiveAsync()
    {
        var bytes = new byte[64 * 1024];
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Eventually.Patience);
        try
        {
            var count = await _socket.ReceiveAsync(bytes, patience.Token);
            _buffer.AddRange(bytes[..count]);
            return count > 0;
        }
        catch (SocketException e)
        {
            WasReset = e.SocketErrorCode is SocketError.ConnectionReset;
            return false;
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            Assert.Fail($"Nothing came for {Eventually.Patience.TotalSeconds:0} s after: {Text()}");
            throw;
        }
    }
}
