using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace LoadTests.Lean.Node;

/// <summary>Puts messages on a socket: as WebSocket frames, or as events in chunks.</summary>
internal sealed class NodeTransport(LeanSocket socket, bool isWebSocket)
{
    private const string EventStart = "data: ";
    private const string EventEnd = "\u001e\r\n\r\n";

    private readonly Lock _gate = new();
    private ArrayBufferWriter<byte> _filling = new(256);
    private ArrayBufferWriter<byte> _leaving = new(256); // untouched while the socket still sends it
    private bool _busy;
    private bool _held;

    /// <summary>Sends one message in three parts, without its separator.</summary>
    public void Send(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body, ReadOnlySpan<byte> tail)
    {
        lock (_gate)
        {
            var length = head.Length + body.Length + tail.Length;
            if (isWebSocket)
            {
                _filling.Advance(FrameHeader.Write(_filling.GetSpan(10), FrameHeader.Text, length + 1));
            }
            else
            {
                _filling.Write(
                    Encoding.ASCII.GetBytes((length + EventStart.Length + EventEnd.Length).ToString("x", CultureInfo.InvariantCulture) + "\r\n" + EventStart));
            }

            _filling.Write(head);
            _filling.Write(body);
            _filling.Write(tail);
            _filling.Write(isWebSocket ? [HubRecords.Separator] : "\u001e\r\n\r\n\r\n"u8);
            Flush();
        }
    }

    /// <summary>Holds what is sent back until it is let go, so that what belongs together leaves together.</summary>
    public void Hold() => _held = true;

    public void LetGo()
    {
        lock (_gate)
        {
            _held = false;
            Flush();
        }
    }

    /// <summary>Sends bytes as they are, after everything else.</summary>
    public void SendRaw(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            _filling.Write(bytes);
            Flush();
        }
    }

    private void Flush()
    {
        while (!_held && !_busy && _filling.WrittenCount > 0)
        {
            (_filling, _leaving) = (_leaving, _filling);
            var send = socket.SendAsync(_leaving.WrittenMemory);
            if (send.IsCompletedSuccessfully)
            {
                _leaving.ResetWrittenCount();
            }
            else
            {
                _busy = true;
                _ = FinishAsync(send);
            }
        }
    }

    private async Task FinishAsync(ValueTask send)
    {
        try
        {
            await send;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Whoever reads the socket sees its end, too.
        }

        lock (_gate)
        {
            _leaving.ResetWrittenCount();
            _busy = false;
            Flush();
        }
    }
}
