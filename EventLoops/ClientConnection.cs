using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net;
using System.Runtime.Versioning;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace EventLoops;

/// <summary>The connection of a client, and the features of it that Kestrel asks for.</summary>
[SupportedOSPlatform("linux")]
internal sealed class ClientConnection : ConnectionContext, IHandOff, IReceivedBytes, IDuplexPipe,
    IConnectionIdFeature, IConnectionItemsFeature, IConnectionLifetimeFeature, IConnectionTransportFeature, IConnectionEndPointFeature, IMemoryPoolFeature
{
    private static long _lastId;

    private readonly LoopSocket _socket;
    private readonly CancellationTokenSource _closed = new();
    private readonly MemoryPool<byte> _pool;
    private string? _id;
    private IDictionary<object, object?>? _items;

    public ClientConnection(LoopSocket socket, MemoryPool<byte> pool, EndPoint? local, EndPoint? remote)
    {
        _socket = socket;
        _pool = pool;
        LocalEndPoint = local;
        RemoteEndPoint = remote;
        ConnectionClosed = _closed.Token;
        var stream = new ClientStream(socket);
        Input = PipeReader.Create(stream, new StreamPipeReaderOptions(pool, bufferSize: 4096, minimumReadSize: 1024, leaveOpen: true, useZeroByteReads: true));
        Output = PipeWriter.Create(stream, new StreamPipeWriterOptions(pool, minimumBufferSize: 4096, leaveOpen: true));
        Transport = this;
        var features = new FeatureCollection(9);
        features.Set<IConnectionIdFeature>(this);
        features.Set<IConnectionItemsFeature>(this);
        features.Set<IConnectionLifetimeFeature>(this);
        features.Set<IConnectionTransportFeature>(this);
        features.Set<IConnectionEndPointFeature>(this);
        features.Set<IMemoryPoolFeature>(this);
        features.Set<IHandOff>(this);
        features.Set<IReceivedBytes>(this);
        Features = features;
        socket.WatchPeer(() => Cancel(_closed));
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    public override IDuplexPipe Transport { get; set; }

    public override string ConnectionId
    {
        get => _id ??= $"L{Interlocked.Increment(ref _lastId):X}";
        set => _id = value;
    }

    public override IFeatureCollection Features { get; }

    public override IDictionary<object, object?> Items
    {
        get => _items ??= new ConnectionItems();
        set => _items = value;
    }

    public override CancellationToken ConnectionClosed { get; set; }

    public override EndPoint? LocalEndPoint { get; set; }

    public override EndPoint? RemoteEndPoint { get; set; }

    MemoryPool<byte> IMemoryPoolFeature.MemoryPool => _pool;

    bool IHandOff.IsPlain => ReferenceEquals(Transport, this);

    public long BytesReceived => _socket.BytesReceived;

    EventLoop IHandOff.EventLoop => _socket.Loop;

    void IHandOff.LeaveEndToReader() => _socket.UnwatchPeer();

    bool IHandOff.TryRelease(out int descriptor, [NotNullWhen(true)] out byte[]? unread)
    {
        unread = null;
        descriptor = _closed.IsCancellationRequested ? -1 : _socket.Release();
        if (descriptor < 0)
        {
            return false;
        }

        unread = [];
        if (Input.TryRead(out var buffered))
        {
            unread = buffered.Buffer.ToArray();
            Input.AdvanceTo(buffered.Buffer.End);
        }

        return true;
    }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        _socket.Abort();
        Cancel(_closed);
    }

    public override void Abort() => Abort(new ConnectionAbortedException("The connection was aborted by the application."));

    public override async ValueTask DisposeAsync()
    {
        await Input.CompleteAsync();
        await Output.CompleteAsync();
        _socket.Dispose();
        Cancel(_closed);
        _closed.Dispose();
        await base.DisposeAsync();
    }

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Kestrel has disposed of the connection at the same moment.
        }
    }
}
