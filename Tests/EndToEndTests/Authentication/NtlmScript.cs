using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Tests.Common;

namespace EndToEndTests.Authentication;

/// <summary>A node that logs in TCP connections by NTLM (MS-NLMP 2.2.1), as IIS does; it takes every password.</summary>
internal sealed class NtlmScript
{
    /// <summary>The body of an answer to somebody who is not logged in.</summary>
    public const string Nobody = "nobody";

    private static readonly string Challenge = Convert.ToBase64String([
        .. "NTLMSSP\0"u8, 2, 0, 0, 0, // the second message
        0, 0, 0, 0, 48, 0, 0, 0, // no name
        0x01, 0x82, 0x08, 0x00, // Unicode, NTLM, always signed, extended session security
        1, 2, 3, 4, 5, 6, 7, 8, // what the client's answer is computed from
        0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 48, 0, 0, 0, // no information about the target
    ]);

    private readonly ConcurrentDictionary<RawConnection, string> _users = new();
    private readonly ConcurrentDictionary<RawConnection, bool> _begun = new();

    public async Task AnswerAsync(ScriptedExchange exchange)
    {
        var connection = exchange.Connection;
        if (exchange.Request.Field("Authorization") is { } field && field.StartsWith("NTLM ", StringComparison.OrdinalIgnoreCase))
        {
            var message = Convert.FromBase64String(field[5..]);
            if (message[8] is 1)
            {
                _begun[connection] = true;
                await exchange.AnswerAsync(401, Nobody, "WWW-Authenticate: NTLM " + Challenge, "Content-Type: text/plain");
                return;
            }

            if (_begun.TryRemove(connection, out _))
            {
                _users[connection] = UserOf(message);
            }
        }

        if (_users.TryGetValue(connection, out var user))
        {
            await exchange.AnswerAsync(200, user, "Content-Type: text/plain");
        }
        else
        {
            await exchange.AnswerAsync(401, Nobody, "WWW-Authenticate: NTLM", "Content-Type: text/plain");
        }
    }

    // MS-NLMP 2.2.1.3: length and place of the user's name, which is Unicode as the challenge has asked for.
    private static string UserOf(byte[] message)
    {
        var length = BinaryPrimitives.ReadUInt16LittleEndian(message.AsSpan(36));
        var at = BinaryPrimitives.ReadInt32LittleEndian(message.AsSpan(40));
        var isUnicode = (message[60] & 1) != 0;
        return (isUnicode ? Encoding.Unicode : Encoding.ASCII).GetString(message, at, length);
    }
}
