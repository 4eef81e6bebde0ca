using System.Runtime.Versioning;

namespace EventLoops;

/// <summary>The registration of one descriptor with an event loop.</summary>
/// <remarks>
/// Its members must be called by one thread at a time, with one exception: as soon as there is an interest where there was none, the loop's thread may call
/// the handler and the handler these members, although <see cref="SetInterest"/> has not returned yet.
/// </remarks>
[SupportedOSPlatform("linux")]
public sealed class Registration
{
    private readonly IReadyHandler _handler;
    private readonly int _tag;
    private Readiness _interest;

    internal Registration(EventLoop loop, int descriptor, IReadyHandler handler, int tag)
    {
        Loop = loop;
        Descriptor = descriptor;
        _handler = handler;
        _tag = tag;
    }

    /// <summary>The loop that waits for the descriptor.</summary>
    public EventLoop Loop { get; }

    /// <summary>The descriptor. Its owner closes it, after <see cref="Remove"/>.</summary>
    public int Descriptor { get; }

    /// <summary>The index of this registration in the loop's table; -1 before it has one.</summary>
    internal int Slot { get; set; } = -1;

    /// <summary>A number that no other registration of the loop has. By it the loop drops events of a registration that had the same slot before.</summary>
    internal uint Id { get; set; }

    /// <summary>Sets what the handler is called for from now on; it replaces the former interest.</summary>
    /// <param name="interest">
    /// With <see cref="Readiness.None"/> the handler is not called at all. With any other value it is called for <see cref="Readiness.Error"/> and
    /// <see cref="Readiness.HungUp"/> too, again and again for as long as they last.
    /// </param>
    /// <remarks>If the kernel refuses (limit <c>fs.epoll.max_user_watches</c>, memory), both directions of the connection are shut down.</remarks>
    public void SetInterest(Readiness interest)
    {
        if (interest == _interest)
        {
            return;
        }

        var operation = interest is Readiness.None ? Libc.EpollControlDelete
            : _interest is Readiness.None ? Libc.EpollControlAdd
            : Libc.EpollControlModify;

        // The field is set before the kernel is called, as the handler may change it before the call returns.
        _interest = interest;
        Loop.Control(operation, this, interest);
    }

    /// <summary>Ends the registration. The descriptor stays open.</summary>
    public void Remove()
    {
        SetInterest(Readiness.None);
        Loop.Unregister(this);
    }

    internal void Dispatch(Readiness readiness) => _handler.OnReady(_tag, readiness);
}
