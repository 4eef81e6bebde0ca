using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace EndToEndTests.Clients;

/// <summary>A hub protocol of the .NET client that keeps the Close messages it has read.</summary>
internal sealed class WatchedProtocol(IHubProtocol inner) : IHubProtocol
{
    private readonly ConcurrentQueue<CloseMessage> _closes = new();

    public IReadOnlyCollection<CloseMessage> Closes => _closes;

    public string Name => inner.Name;

    public int Version => inner.Version;

    public TransferFormat TransferFormat => inner.TransferFormat;

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => inner.GetMessageBytes(message);

    public bool IsVersionSupported(int version) => inner.IsVersionSupported(version);

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output) => inner.WriteMessage(message, output);

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message)
    {
        var isRead = inner.TryParseMessage(ref input, binder, out message);
        if (message is CloseMessage close)
        {
            _closes.Enqueue(close);
        }

        return isRead;
    }
}
