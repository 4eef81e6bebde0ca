using System.Buffers.Binary;
using System.Text;

namespace Proxy.FunctionalTests.Forwarding.Tunnels;

/// <summary>The server's end of an HTTP/2 connection; settings, pings and windows are answered by themselves.</summary>
/// <param name="stream">The connection.</param>
/// <param name="number">Its number at its node; the first has 1.</param>
/// <param name="stop">Ends every read.</param>
internal sealed class FrameConnection(Stream stream, int number, CancellationToken stop)
{
    public const byte Data = 0x0;
    public const byte Headers = 0x1;
    public const byte Reset = 0x3;
    public const byte GoAway = 0x7;
    public const byte EndStream = 0x1;
    public const byte EndHeaders = 0x4;

    private const byte Settings = 0x4;
    private const byte Ping = 0x6;
    private const byte WindowUpdate = 0x8;
    private const byte Acknowledged = 0x1;

    public int Number => number;

    /// <summary>Reads the client's preface and sends the server's.</summary>
    /// <param name="allowsConnect">Offers CONNECT with <c>:protocol</c> (SETTINGS_ENABLE_CONNECT_PROTOCOL, RFC 8441).</param>
    public async Task BeginAsync(bool allowsConnect = true)
    {
        var preface = new byte["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".Length];
        await stream.ReadExactlyAsync(preface, stop);
        await SendAsync(Settings, 0, 0, allowsConnect ? [0, 8, 0, 0, 0, 1] : []);
    }

    /// <summary>The next frame that is not of the connection itself; <see langword="null"/> when the client has closed.</summary>
    public async Task<(byte Type, byte Flags, int Stream, byte[] Payload)?> ReadAsync()
    {
        var head = new byte[9];
        while (await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, stop) == head.Length)
        {
            var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
            await stream.ReadExactlyAsync(payload, stop);
            switch (head[3])
            {
                case Settings or Ping:
                    if ((head[4] & Acknowledged) == 0)
                    {
                        await SendAsync(head[3], Acknowledged, 0, head[3] == Ping ? payload : []);
                    }

                    break;
                case WindowUpdate:
                    break;
                default:
                    return (head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)), payload);
            }
        }

        return null;
    }

    /// <summary>Reads a request's HEADERS frame.</summary>
    /// <returns>The number of its stream.</returns>
    public async Task<int> ReadRequestAsync()
    {
        var frame = await ReadAsync() ?? throw new IOException("The gateway has closed the connection.");
        return frame.Type == Headers ? frame.Stream : throw new InvalidOperationException($"Frame {frame.Type} is no HEADERS frame.");
    }

    /// <summary>Answers 200 without fields, which opens the WebSocket: 0x88 is that in HPACK (RFC 7541 A).</summary>
    public Task AcceptAsync(int id) => SendAsync(Headers, EndHeaders, id, [0x88]);

    public Task SendDataAsync(int id, string text, byte flags = 0) => SendAsync(Data, flags, id, Encoding.Latin1.GetBytes(text));

    /// <summary>RST_STREAM.</summary>
    public Task SendResetAsync(int id, int error) => SendAsync(Reset, 0, id, [0, 0, 0, (byte)error]);

    /// <summary>GOAWAY without an error: streams above the last one have not been looked at.</summary>
    public Task SendGoAwayAsync(int lastStream) => SendAsync(GoAway, 0, 0, [0, 0, 0, (byte)lastStream, 0, 0, 0, 0]);

    private async Task SendAsync(byte type, byte flags, int id, byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), id);
        payload.CopyTo(frame, 9);
        await stream.WriteAsync(frame, stop);
    }
}
