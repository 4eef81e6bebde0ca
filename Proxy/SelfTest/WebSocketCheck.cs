using System.Net.WebSockets;
using System.Text;

namespace Proxy.SelfTest;

/// <summary>WebSockets: is the Upgrade let through, and do both directions flow?</summary>
internal sealed class WebSocketCheck(HubClient client, CheckTarget target, TimeProvider time) : TransportCheck(client, target, time)
{
    public override string Area => "WebSockets";

    public override string Name => "WebSockets";

    protected override async Task RunAsync(string id, List<CheckFinding> findings, CancellationToken cancellationToken)
    {
        var (socket, address) = Client.CreateWebSocket(id);
        using var owned = socket;
        var started = Time.GetTimestamp();
        using (var patience = HubClient.Limit(HubClient.AnswerTimeout, cancellationToken))
        {
            try
            {
                await socket.ConnectAsync(address, patience.Token);
            }
            catch (WebSocketException) when ((int)socket.HttpStatusCode > 0)
            {
                findings.Add(Refused((int)socket.HttpStatusCode, socket.HttpResponseHeaders));
                return;
            }
        }

        using (var patience = HubClient.Limit(HubClient.AnswerTimeout, cancellationToken))
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(HubRecord.Handshake), WebSocketMessageType.Text, endOfMessage: true, patience.Token);
            while (await ReadAsync(socket, patience.Token) is { } text)
            {
                if (HubRecord.HasHandshakeAnswer(text))
                {
                    var took = Time.GetElapsedTime(started);
                    findings.Add(CheckFinding.Good(Area, CheckCode.Works, $"Connected and shook hands in {took.TotalMilliseconds:0} ms.", took));
                    break;
                }
            }
        }

        if (findings.Count == 0)
        {
            findings.Add(CheckFinding.Problem(Area, CheckCode.NoHandshake, "The connection was closed before the hub answered the handshake."));
            return;
        }

        if (await StayIdleAsync(token => ReadAsync(socket, token), cancellationToken) is { } finding)
        {
            findings.Add(finding);
        }

        await CloseAsync(socket, cancellationToken);
    }

    private CheckFinding Refused(int status, IReadOnlyDictionary<string, IEnumerable<string>>? headers)
    {
        const string What = "The handshake";
        var outcome = headers?.FirstOrDefault(header => string.Equals(header.Key, "X-Affinity-Outcome", StringComparison.OrdinalIgnoreCase))
            .Value?.FirstOrDefault();

        // Without its Upgrade the handshake is a long poll, and answered as one; a proxy that knows better says 400, 405 or 426.
        return status is 200 or 204 or 400 or 405 or 426 && outcome is null
            ? CheckFinding.Problem(Area, CheckCode.UpgradeStripped, $"{What} got {status} instead of 101: its Upgrade was taken out on the way.")
            : HubClient.Refusal(Area, status, outcome, CheckCode.Refused, What);
    }

    private static async Task<string?> ReadAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        var text = new StringBuilder();
        while (true)
        {
            var result = await socket.ReceiveAsync(buffer, cancellationToken);
            if (result.MessageType is WebSocketMessageType.Close)
            {
                return null;
            }

            text.Append(Encoding.UTF8.GetString(buffer, 0, result.Count));
            if (result.EndOfMessage)
            {
                return text.ToString();
            }
        }
    }

    private static async Task CloseAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived))
        {
            return;
        }

        using var patience = HubClient.Limit(HubClient.MaxDelay, cancellationToken);
        try
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", patience.Token);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // It is over anyway.
        }
    }
}
