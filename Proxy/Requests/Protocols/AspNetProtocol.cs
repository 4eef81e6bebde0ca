namespace Proxy.Requests.Protocols;

/// <summary>What ASP.NET Core SignalR and ASP.NET SignalR 2 have in common: the path of a negotiate, and JSON as its answer.</summary>
internal abstract class AspNetProtocol : ClientProtocol
{
    protected const string NegotiateSegment = "/negotiate";

    /// <summary>Segments, each with its slash, that clients put behind the hub's path.</summary>
    protected abstract ReadOnlySpan<string> Segments { get; }

    public override ReadOnlySpan<char> HubPathOf(ReadOnlySpan<char> path)
    {
        path = path.TrimEnd('/');
        foreach (var segment in Segments)
        {
            if (path.EndsWith(segment, StringComparison.OrdinalIgnoreCase))
            {
                return path[..^segment.Length].TrimEnd('/');
            }
        }

        return path;
    }

    protected static bool EndsInNegotiate(PathString path) => path.Value.AsSpan().TrimEnd('/').EndsWith(NegotiateSegment, StringComparison.OrdinalIgnoreCase);

    protected static bool IsJson(string mediaType) => mediaType.EndsWith("json", StringComparison.OrdinalIgnoreCase);

    // The answer says which of the two protocols it is of, whatever the request looked like.
    protected override NegotiateAnswer Parse(ReadOnlySpan<byte> body)
    {
        var start = body.IndexOf((byte)'{');
        if (start < 0 || !IsLeadIn(body[..start]))
        {
            return Unreadable;
        }

        byte[]? token = null, connectionId = null, classicToken = null;
        int? version = null;
        var (tokens, tokenEnd) = (0, 0);
        var (isClassic, isOther) = (false, false);
        var members = new JsonMembers(body[start..]);
        while (members.MoveNext())
        {
            if (members.NameIs("connectionToken"u8))
            {
                token = members.ReadText();
                tokens++;
                tokenEnd = start + members.TextEnd;
            }
            else if (members.NameIs("connectionId"u8))
            {
                connectionId = members.ReadText();
            }
            else if (members.NameIs("negotiateVersion"u8))
            {
                version = members.ReadInt32() ?? 0;
            }
            else if (members.NameIs("ConnectionToken"u8))
            {
                classicToken = members.ReadText();
            }
            else if (members.NameIs("url"u8) || members.NameIs("RedirectUrl"u8) || members.NameIs("error"u8))
            {
                isOther |= members.ReadText() is not null;
            }
            else
            {
                isClassic |= members.NameIs("ProtocolVersion"u8);
            }
        }

        if (isOther)
        {
            return default; // the client goes to another server, or nowhere
        }

        if (isClassic)
        {
            return new NegotiateAnswer(classicToken);
        }

        // Clients use the token from version 1 on only (HttpConnection of @microsoft/signalr). Beside a token but without a version it is open
        // what they take: ASP.NET Core always names the version. A token that is given twice is not tagged: clients take the last.
        return token is not null && version is null or >= 1
            ? new NegotiateAnswer(token, version is null ? connectionId : null, tokens == 1 ? tokenEnd : 0)
            : new NegotiateAnswer(connectionId);
    }

    // White space, a byte order mark, or the name of a JSONP callback and its parenthesis.
    private static bool IsLeadIn(ReadOnlySpan<byte> text)
    {
        text = text.Trim(" \t\r\n"u8);
        return text.IsEmpty || text.SequenceEqual("\uFEFF"u8) || text[^1] == (byte)'(';
    }
}
