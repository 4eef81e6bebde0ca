using System.Runtime.Versioning;
using EventLoops;
using Proxy.Connections;
using Proxy.Decisions;
using Proxy.Nodes;

namespace Proxy.Forwarding.Tunnels;

/// <summary>Carries an open WebSocket from socket to socket on the client's loop; all that an idle connection holds is this object.</summary>
/// <remarks>
/// A side is read only while all that came from it before has been sent on, so that one buffer's worth waits at the most. The end of one direction is
/// passed on, and the other goes on. Everything but the public members runs on the loop's thread.
/// </remarks>
[SupportedOSPlatform("linux")]
internal sealed class HandOffTunnel : Tunnel, IReadyHandler
{
    private const int ClientTag = 0;
    private const int NodeTag = 1;

    private readonly TunnelCompletion _completion;
    private TunnelSide _client;
    private TunnelSide _node;
    private Action<TunnelEnd>? _ended;
    private bool _isOver;

    /// <param name="loop">The loop of the client's socket.</param>
    /// <param name="clientSocket">The client's socket, which belongs to the tunnel from now on.</param>
    /// <param name="nodeSocket">The node's socket, likewise.</param>
    /// <param name="hasExtensions">An extension such as compression was agreed on: payloads cannot be read.</param>
    /// <param name="node">The node.</param>
    /// <param name="connection">The connection that is carried, or <see langword="null"/>.</param>
    /// <param name="completion">Accounts for the end.</param>
    /// <param name="time">The clock.</param>
    public HandOffTunnel(
        EventLoop loop, int clientSocket, int nodeSocket, bool hasExtensions, NodeState node, Connection? connection, TunnelCompletion completion,
        TimeProvider time)
        : base(hasExtensions, node, connection, time)
    {
        _completion = completion;
        _client = new TunnelSide(loop.Register(clientSocket, this, ClientTag));
        _node = new TunnelSide(loop.Register(nodeSocket, this, NodeTag));
    }

    public override bool IsHalfClosed => _client.HasEnded || _node.HasEnded;

    private bool HasAllPassed => _client is { HasEnded: true, HasUnsent: false } && _node is { HasEnded: true, HasUnsent: false };

    /// <summary>Begins to carry.</summary>
    /// <param name="fromClient">What the client has sent already.</param>
    /// <param name="fromNode">What the node has sent behind its answer.</param>
    /// <param name="ended">Called at the end, or <see langword="null"/>.</param>
    public void Start(byte[] fromClient, byte[] fromNode, Action<TunnelEnd>? ended)
    {
        _ended = ended;
        _client.Loop.Run(
            static state =>
            {
                var (tunnel, fromClient, fromNode) = ((HandOffTunnel, byte[], byte[]))state!;
                tunnel.Begin(fromClient, fromNode);
            },
            (this, fromClient, fromNode));
    }

    public override void Abort(TunnelEnd reason) => _client.Loop.Post(
        static state =>
        {
            var (tunnel, reason) = ((HandOffTunnel, TunnelEnd))state!;
            tunnel.Finish(reason);
        },
        (this, reason));

    public void OnReady(int tag, Readiness readiness)
    {
        ref var side = ref SideOf(tag);
        ref var other = ref SideOf(OtherThan(tag));
        if (!_isOver && side.HasUnsent && (readiness & ~Readiness.Readable) is not Readiness.None)
        {
            Flush(tag);
        }

        if (!_isOver && MayRead(side, other) && (readiness & ~Readiness.Writable) is not Readiness.None)
        {
            Read(tag);
        }

        if (!_isOver)
        {
            Wait();
        }
    }

    protected override void CloseBetweenMessages() => _client.Loop.Post(
        static state =>
        {
            var tunnel = (HandOffTunnel)state!;
            tunnel.SendClose();
            if (tunnel._isOver)
            {
                tunnel.Unlimit(); // it may have ended before the close was asked for
            }
            else
            {
                tunnel.Wait();
            }
        },
        this);

    private void Begin(byte[] fromClient, byte[] fromNode)
    {
        if (!_isOver && fromNode.Length > 0)
        {
            PassToClient(fromNode);
        }

        if (!_isOver && fromClient.Length > 0)
        {
            PassToNode(fromClient);
        }

        if (!_isOver)
        {
            Wait();
        }
    }

    private void Read(int tag)
    {
        var buffer = _client.Loop.Buffer;
        var read = SideOf(tag).Receive(buffer);
        if (read > 0)
        {
            if (tag is ClientTag)
            {
                PassToNode(buffer.AsSpan(0, read));
            }
            else
            {
                PassToClient(buffer.AsSpan(0, read));
            }
        }
        else if (read is 0 or -Errno.BrokenPipe)
        {
            SideEnded(tag); // the error is a broken pipe when the side had ended before it broke
        }
        else if (read is not -Errno.TryAgain)
        {
            Finish(ErrorOf(tag));
        }
    }

    private void PassToNode(ReadOnlySpan<byte> bytes)
    {
        ReadFromClient(bytes);
        Send(NodeTag, bytes);
    }

    private void PassToClient(ReadOnlySpan<byte> bytes)
    {
        RecordNodeActivity();
        if (!HasSentClose)
        {
            Send(ClientTag, bytes[..ReadFromNode(bytes)]);
            SendClose();
        }
    }

    private void SendClose()
    {
        if (!_isOver && TakeCloseFrames() is { } frames)
        {
            Send(ClientTag, frames);
        }
    }

    private void Send(int tag, ReadOnlySpan<byte> bytes)
    {
        if (SideOf(tag).Send(bytes) is not 0 and var error)
        {
            SideIsDeaf(tag, error);
        }
    }

    private void Flush(int tag)
    {
        ref var side = ref SideOf(tag);
        if (side.Flush() is not 0 and var error)
        {
            SideIsDeaf(tag, error);
        }
        else if (!side.HasUnsent && SideOf(OtherThan(tag)).HasEnded)
        {
            PassEnd(tag);
        }
    }

    private void SideEnded(int tag)
    {
        SideOf(tag).HasEnded = true;
        SetEnd(tag is ClientTag ? TunnelEnd.Client : TunnelEnd.Node);
        if (HasAllPassed)
        {
            Finish(End!.Value);
            return;
        }

        if (!SideOf(OtherThan(tag)).HasUnsent)
        {
            PassEnd(OtherThan(tag));
        }

        if (!_isOver && SideOf(tag).IsDeaf)
        {
            SideIsDone(tag);
        }
    }

    private void PassEnd(int tag)
    {
        SideOf(tag).SendEnd();
        if (HasAllPassed)
        {
            Finish(TunnelEnd.Client);
        }
    }

    // The error is a broken pipe when the side had ended before it broke. It may have sent something before its end, and reading comes to that end by itself.
    private void SideIsDeaf(int tag, int error)
    {
        if (SideOf(tag).HasEnded)
        {
            SideIsDone(tag);
        }
        else if (error is not Errno.BrokenPipe)
        {
            Finish(ErrorOf(tag));
        }
    }

    // The side neither sends nor takes anything any more. A node's last words still reach the client, which is read until it ends, too: closing on unread bytes
    // would be a reset, which may overtake them.
    private void SideIsDone(int tag)
    {
        if (tag is ClientTag || _client.HasEnded)
        {
            Finish(TunnelEnd.Client);
        }
        else
        {
            LimitTo(HalfClosedLimit);
        }
    }

    // The first reason that was given is the one that counts.
    private void Finish(TunnelEnd reason)
    {
        if (_isOver)
        {
            return;
        }

        _isOver = true;
        SetEnd(reason);
        Unlimit();
        var end = End!.Value;
        var isAbort = end is TunnelEnd.ClientError or TunnelEnd.NodeError or TunnelEnd.Idle; // what broke must not look like a proper end
        _client.Close(isAbort);
        _node.Close(isAbort);
        _completion.CompleteHandOff(this);
        _ended?.Invoke(end);
    }

    private void Wait()
    {
        _client.Wait(MayRead(_client, _node));
        _node.Wait(MayRead(_node, _client));
    }

    private static bool MayRead(in TunnelSide side, in TunnelSide other) => !side.HasEnded && !other.HasUnsent;

    private static TunnelEnd ErrorOf(int tag) => tag is ClientTag ? TunnelEnd.ClientError : TunnelEnd.NodeError;

    private ref TunnelSide SideOf(int tag)
    {
        if (tag is ClientTag)
        {
            return ref _client;
        }

        return ref _node;
    }

    private static int OtherThan(int tag) => tag is ClientTag ? NodeTag : ClientTag;
}
