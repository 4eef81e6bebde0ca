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
internal sealed class HandOffTunnel : Tunnel, IWatcher
{
    private const int Client = 0;
    private const int Node = 1;

    private readonly HandOffEnds _ends;
    private readonly Watch _client;
    private readonly Watch _node;
    private Lane _up;
    private Lane _down;
    private TunnelEnd? _end;
    private Action<TunnelEnd>? _ended;
    private ITimer? _limit;
    private int _closeRequested;
    private bool _isClosing;
    private bool _hasSaidClose;
    private bool _isOver;

    /// <param name="loop">The loop of the client's socket.</param>
    /// <param name="client">The client's socket, which belongs to the tunnel from now on.</param>
    /// <param name="node">The node's socket, likewise.</param>
    /// <param name="hasExtensions">An extension such as compression was agreed on: payloads cannot be read.</param>
    /// <param name="state">The node.</param>
    /// <param name="connection">The connection that is carried, or <see langword="null"/>.</param>
    /// <param name="ends">Told of the end.</param>
    /// <param name="time">The clock.</param>
    public HandOffTunnel(EventLoop loop, int client, int node, bool hasExtensions, NodeState state, Connection? connection, HandOffEnds ends, TimeProvider time)
        : base(hasExtensions, state, connection, time)
    {
        _ends = ends;
        _client = loop.Add(client, this, Client);
        _node = loop.Add(node, this, Node);
    }

    public override bool IsHalfClosed => _up.HasEnded || _down.HasEnded;

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

    public override void RequestClose()
    {
        if (Interlocked.Exchange(ref _closeRequested, 1) == 0)
        {
            _client.Loop.Post(static state => ((HandOffTunnel)state!).BeginClose(), this);
        }
    }

    public override void Abort(TunnelEnd reason) => _client.Loop.Post(
        static state =>
        {
            var (tunnel, reason) = ((HandOffTunnel, TunnelEnd))state!;
            tunnel.Finish(reason);
        },
        (this, reason));

    public void Ready(int tag, Readiness readiness)
    {
        if (!_isOver && (readiness & ~Readiness.Readable) is not Readiness.None)
        {
            Flush(tag);
        }

        if (!_isOver && (readiness & ~Readiness.Writable) is not Readiness.None && MayRead(tag))
        {
            Read(tag);
        }

        if (!_isOver)
        {
            Wait();
        }
    }

    private void Begin(byte[] fromClient, byte[] fromNode)
    {
        if (!_isOver && fromNode.Length > 0)
        {
            TakeDown(fromNode);
        }

        if (!_isOver && fromClient.Length > 0)
        {
            TakeUp(fromClient);
        }

        if (!_isOver)
        {
            Wait();
        }
    }

    private void Read(int side)
    {
        var buffer = _client.Loop.Buffer;
        var read = Descriptors.Receive(DescriptorOf(side), buffer);
        if (read > 0)
        {
            if (side is Client)
            {
                TakeUp(buffer.AsSpan(0, read));
            }
            else
            {
                TakeDown(buffer.AsSpan(0, read));
            }
        }
        else if (read is 0 or -Errno.BrokenPipe)
        {
            SideEnded(side); // a broken pipe: it had ended before it was broken
        }
        else if (read is not -Errno.TryAgain)
        {
            Finish(side is Client ? TunnelEnd.ClientError : TunnelEnd.NodeError);
        }
    }

    private void TakeUp(ReadOnlySpan<byte> bytes)
    {
        FollowUp(bytes);
        Deliver(ref _up, Node, bytes);
        if (_hasSaidClose && HasClientClosed)
        {
            LimitTo(NodeCloseTimeout); // the client has answered; a node that hangs must not keep it waiting
        }
    }

    private void TakeDown(ReadOnlySpan<byte> bytes)
    {
        HeardNode();
        if (_hasSaidClose)
        {
            return; // nothing may follow the close frame
        }

        Deliver(ref _down, Client, bytes[..FollowDown(bytes, _isClosing)]);
        if (_isClosing && !_isOver && IsAtBoundary)
        {
            SayClose();
        }
    }

    private void Deliver(ref Lane lane, int to, ReadOnlySpan<byte> bytes)
    {
        if (!lane.IsHolding && !lane.IsDead)
        {
            var sent = Descriptors.Send(DescriptorOf(to), bytes);
            if (sent is < 0 and not -Errno.TryAgain)
            {
                StopSendingTo(to, -sent);
                return;
            }

            bytes = bytes[Math.Max(sent, 0)..];
        }

        if (!bytes.IsEmpty && !lane.IsDead)
        {
            lane.Hold(bytes);
        }
    }

    // What is held for a side goes out as far as it takes it.
    private void Flush(int side)
    {
        ref var lane = ref LaneTo(side);
        if (!lane.IsHolding)
        {
            return;
        }

        var sent = Descriptors.Send(DescriptorOf(side), lane.Held);
        if (sent is < 0 and not -Errno.TryAgain)
        {
            StopSendingTo(side, -sent);
            return;
        }

        lane.Sent(Math.Max(sent, 0));
        if (!lane.IsHolding && lane.HasEnded)
        {
            PassEnd(side);
        }
    }

    private void SideEnded(int side)
    {
        ref var lane = ref LaneFrom(side);
        lane.HasEnded = true;
        _end ??= side is Client ? TunnelEnd.Client : TunnelEnd.Node;
        if (_up.HasEnded && _down.HasEnded && !_up.IsHolding && !_down.IsHolding)
        {
            Finish(_end.Value);
        }
        else
        {
            if (!lane.IsHolding)
            {
                PassEnd(OtherThan(side));
            }

            if (!_isOver && LaneTo(side).IsDead)
            {
                SideIsDone(side);
            }
        }
    }

    private void PassEnd(int side)
    {
        Descriptors.ShutdownSend(DescriptorOf(side));
        if (_up.HasEnded && _down.HasEnded && !_up.IsHolding && !_down.IsHolding)
        {
            Finish(_end ?? TunnelEnd.Client);
        }
    }

    // A broken pipe: it had ended before it was broken, and may have said something before; reading that comes to its end by itself.
    private void StopSendingTo(int side, int error)
    {
        LaneTo(side).Die();
        if (LaneFrom(side).HasEnded)
        {
            SideIsDone(side);
        }
        else if (error is not Errno.BrokenPipe)
        {
            Finish(side is Client ? TunnelEnd.ClientError : TunnelEnd.NodeError);
        }
    }

    // It neither sends nor takes anything any more. A node's last words still reach the client, who is read until it ends, too: closing on unread bytes
    // would be a reset, which may overtake them.
    private void SideIsDone(int side)
    {
        if (side is Client || _up.HasEnded)
        {
            Finish(_end ?? TunnelEnd.Client);
        }
        else
        {
            LimitTo(HalfClosedLimit);
        }
    }

    private void BeginClose()
    {
        if (_isOver)
        {
            return;
        }

        _isClosing = true;
        LimitTo(BoundaryTimeout);
        if (IsAtBoundary)
        {
            SayClose();
        }

        if (!_isOver)
        {
            Wait();
        }
    }

    private void SayClose()
    {
        if (_hasSaidClose || HasNodeClosed)
        {
            return; // the node has closed by itself: nothing may follow its close frame
        }

        _hasSaidClose = true;
        _end ??= TunnelEnd.Moved;
        Deliver(ref _down, Client, CloseFrames());
        LimitTo(CloseTimeout);
    }

    private void LimitTo(TimeSpan limit)
    {
        if (_isOver)
        {
            return;
        }

        _limit?.Dispose();
        _limit = Time.CreateTimer(static state => ((HandOffTunnel)state!).Abort(TunnelEnd.Moved), this, limit, Timeout.InfiniteTimeSpan);
    }

    private void Finish(TunnelEnd reason)
    {
        if (_isOver)
        {
            return;
        }

        _isOver = true;
        _end ??= reason;
        _limit?.Dispose();
        _up.Die();
        _down.Die();
        _client.Release();
        _node.Release();
        var isAbort = _end is TunnelEnd.ClientError or TunnelEnd.NodeError or TunnelEnd.Idle; // what broke must not look like a proper end
        Descriptors.Close(_client.Descriptor, isAbort);
        Descriptors.Close(_node.Descriptor, isAbort);
        _ends.Ended(this, _end.Value, Connection);
        _ended?.Invoke(_end.Value);
    }

    private void Wait()
    {
        _client.Want(Wish(Client));
        _node.Want(Wish(Node));
    }

    private Readiness Wish(int side) => (MayRead(side) ? Readiness.Readable : Readiness.None) | (LaneTo(side).IsHolding ? Readiness.Writable : Readiness.None);

    private bool MayRead(int side) => LaneFrom(side) is { HasEnded: false, IsHolding: false };

    private ref Lane LaneFrom(int side)
    {
        if (side is Client)
        {
            return ref _up;
        }

        return ref _down;
    }

    private ref Lane LaneTo(int side) => ref LaneFrom(OtherThan(side));

    private int DescriptorOf(int side) => side is Client ? _client.Descriptor : _node.Descriptor;

    private static int OtherThan(int side) => side is Client ? Node : Client;
}
