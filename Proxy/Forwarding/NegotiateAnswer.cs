using System.Text.Json;

namespace Proxy.Forwarding;

/// <summary>What a negotiate answer says, read at depth 1 and in any order of its properties.</summary>
internal readonly struct NegotiateAnswer
{
    /// <summary>The id that later requests will carry, in UTF-8, unescaped; <see langword="null"/>: none.</summary>
    public byte[]? Id { get; private init; }

    /// <summary>Another id that clients may choose to carry, where the answer leaves it open.</summary>
    public byte[]? OtherId { get; private init; }

    /// <summary>Where a tag may be put in: before the closing quote of the connection token; 0: nowhere.</summary>
    public int TagPosition { get; private init; }

    /// <summary>Reads an ASP.NET Core or ASP.NET SignalR 2 answer; anything else has no id.</summary>
    /// <param name="body">The whole body. JSONP is read from its first parenthesis.</param>
    public static NegotiateAnswer ReadSignalR(ReadOnlySpan<byte> body)
    {
        var start = body.IndexOf((byte)'{');
        if (start < 0 || (start > 0 && !IsLeadIn(body[..start])))
        {
            return default;
        }

        try
        {
            return Read(body[start..], start);
        }
        catch (Exception e) when (IsOfReader(e))
        {
            return default;
        }
    }

    /// <summary>Reads the first answer of Engine.IO: <c>0{"sid":"…"}</c>, in version 3 behind a length.</summary>
    public static NegotiateAnswer ReadEngineIO(ReadOnlySpan<byte> body)
    {
        var start = body.IndexOf((byte)'{');
        if (start is < 1 or > 16 || body[start - 1] != (byte)'0')
        {
            return default;
        }

        try
        {
            var reader = new Utf8JsonReader(body[start..]);
            var found = new Properties();
            ReadProperties(ref reader, ref found, 0);
            return new NegotiateAnswer { Id = found.Sid.Value };
        }
        catch (Exception e) when (IsOfReader(e))
        {
            return default;
        }
    }

    // InvalidOperationException: half a surrogate pair, or bytes that are not UTF-8, in a string.
    private static bool IsOfReader(Exception e) => e is JsonException or InvalidOperationException;

    // White space, a byte order mark, or the name of a JSONP callback and its parenthesis.
    private static bool IsLeadIn(ReadOnlySpan<byte> text) => text.Trim(" \t\r\n"u8).SequenceEqual("\uFEFF"u8) || text.Trim(" \t\r\n"u8).IsEmpty || text.TrimEnd(" \t\r\n"u8)[^1] == (byte)'(';

    private static NegotiateAnswer Read(ReadOnlySpan<byte> json, int offset)
    {
        var reader = new Utf8JsonReader(json);
        var found = new Properties();
        ReadProperties(ref reader, ref found, offset);
        if (found.IsRedirect || found.IsError)
        {
            return default;
        }

        if (found.ProtocolVersion)
        {
            return new NegotiateAnswer { Id = found.ClassicToken.Value };
        }

        // Clients use the token from version 1 on only (HttpConnection of @microsoft/signalr). Beside a token but without a version it is open
        // what they take: ASP.NET Core always names the version.
        if (found.Version is null or >= 1 && found.Token.Value is { } token)
        {
            // Given twice, clients take the last; only one position can be right, so none is used.
            return new NegotiateAnswer
            {
                Id = token,
                OtherId = found.Version is null ? found.ConnectionId.Value : null,
                TagPosition = found.Token.Count == 1 ? found.Token.End : 0,
            };
        }

        return new NegotiateAnswer { Id = found.ConnectionId.Value };
    }

    private static void ReadProperties(ref Utf8JsonReader reader, ref Properties found, int offset)
    {
        if (!reader.Read() || reader.TokenType is not JsonTokenType.StartObject)
        {
            return;
        }

        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("connectionToken"u8))
            {
                ReadString(ref reader, ref found.Token, offset);
            }
            else if (reader.ValueTextEquals("connectionId"u8))
            {
                ReadString(ref reader, ref found.ConnectionId, offset);
            }
            else if (reader.ValueTextEquals("ConnectionToken"u8))
            {
                ReadString(ref reader, ref found.ClassicToken, offset);
            }
            else if (reader.ValueTextEquals("sid"u8))
            {
                ReadString(ref reader, ref found.Sid, offset);
            }
            else
            {
                ReadOther(ref reader, ref found);
            }
        }
    }

    private static void ReadOther(ref Utf8JsonReader reader, ref Properties found)
    {
        var isRedirect = reader.ValueTextEquals("url"u8) || reader.ValueTextEquals("RedirectUrl"u8);
        var isError = reader.ValueTextEquals("error"u8);
        var isVersion = reader.ValueTextEquals("negotiateVersion"u8);
        found.ProtocolVersion |= reader.ValueTextEquals("ProtocolVersion"u8);
        reader.Read();

        // Some serializers write null, or nothing between the quotes, for what is not there; clients take it as such.
        var isText = reader.TokenType is JsonTokenType.String && !reader.ValueSpan.IsEmpty;
        found.IsRedirect |= isRedirect && isText;
        found.IsError |= isError && isText;
        if (isVersion)
        {
            found.Version = reader.TokenType is JsonTokenType.Number && reader.TryGetInt32(out var version) ? version : 0;
        }

        reader.Skip();
    }

    private static void ReadString(ref Utf8JsonReader reader, ref Text value, int offset)
    {
        reader.Read();
        if (reader.TokenType is not JsonTokenType.String)
        {
            reader.Skip();
            return;
        }

        var buffer = new byte[reader.ValueSpan.Length];
        var length = reader.CopyString(buffer);
        value = new Text(length == 0 ? null : buffer[..length], value.Count + 1, offset + (int)reader.TokenStartIndex + 1 + reader.ValueSpan.Length);
    }

    private record struct Text(byte[]? Value, int Count, int End);

    private struct Properties
    {
        public Text Token;
        public Text ConnectionId;
        public Text ClassicToken;
        public Text Sid;
        public int? Version;
        public bool IsRedirect;
        public bool IsError;
        public bool ProtocolVersion;
    }
}
