namespace LoadTests.Lean;

/// <summary>The first message of each side.</summary>
internal static class LeanHandshake
{
    public static async Task ShakeHandsAsync(this ILeanTransport transport, CancellationToken cancellationToken)
    {
        await transport.SendAsync(transport.Prepare(HubMessages.Handshake), cancellationToken);
        byte? answer = null;
        while (answer is null)
        {
            if (!await transport.ReceiveAsync(type => answer ??= type, cancellationToken))
            {
                throw new EndOfStreamException("The connection was closed in the handshake.");
            }
        }

        if (answer != HubRecords.Untyped)
        {
            throw new InvalidDataException("The hub refused the handshake.");
        }
    }
}
