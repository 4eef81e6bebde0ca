using System.Collections.Concurrent;
using System.Globalization;
using Tests.Common;

namespace Proxy.FunctionalTests.Authentication;

/// <summary>What a node with Windows authentication does: three messages log in a TCP connection, and whatever comes on it afterwards is that user's.</summary>
/// <remarks>The client's messages are <c>1-USER</c> and <c>3-USER</c>, the node's is <c>2-USER</c>. Everybody else gets 401 with the challenges.</remarks>
internal sealed class LoginScript(params string[] challenges)
{
    /// <summary>The body of an answer to somebody who is not logged in.</summary>
    public const string Nobody = "nobody";

    private readonly ConcurrentDictionary<RawConnection, string> _users = new();
    private readonly ConcurrentDictionary<RawConnection, string> _begun = new();
    private readonly ConcurrentQueue<RawConnection> _asked = new();

    /// <summary>A node that asks for NTLM and nothing else.</summary>
    public static LoginScript Ntlm => new("WWW-Authenticate: NTLM");

    /// <summary>The connections on which credentials have come.</summary>
    public IReadOnlyCollection<RawConnection> Asked => [.. _asked.Distinct()];

    /// <summary>Connections that are logged in.</summary>
    public int LoggedIn => _users.Count;

    public async Task AnswerAsync(ScriptedExchange exchange)
    {
        var connection = exchange.Connection;
        if (exchange.Request.Field("Authorization")?.Split(' ') is [var scheme, [var step, '-', ..] token])
        {
            _asked.Enqueue(connection);
            var user = token[2..];
            if (step is '1')
            {
                _begun[connection] = user;
                await exchange.AnswerAsync(401, Nobody, $"WWW-Authenticate: {scheme} 2-{user}");
                return;
            }

            if (_begun.TryRemove(connection, out var begun) && begun == user)
            {
                _users[connection] = user;
            }
        }

        if (!_users.TryGetValue(connection, out var who))
        {
            await exchange.AnswerAsync(401, Nobody, challenges);
        }
        else if (exchange.Request.Field("Upgrade") is not null)
        {
            await exchange.AcceptWebSocketAsync();
            await exchange.SendAsync(Frame(who));
            while (await connection.ReadAnyAsync() is { } bytes)
            {
                await exchange.SendAsync(bytes);
            }
        }
        else if (exchange.Request.Field("Accept") is "text/event-stream")
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
            await exchange.SendAsync(string.Create(CultureInfo.InvariantCulture, $"{who.Length + 8:x}\r\ndata: {who}\n\n\r\n0\r\n\r\n"));
        }
        else if (exchange.Request.Target.StartsWith("/hub/negotiate", StringComparison.Ordinal))
        {
            await exchange.AnswerNegotiateAsync("token-of-" + who);
        }
        else
        {
            await exchange.AnswerAsync(200, who + exchange.Request.Body, $"X-Node: {exchange.NodeName}");
        }
    }

    /// <summary>A text frame of a node.</summary>
    public static string Frame(string text) => $"\u0081{(char)text.Length}{text}";
}
