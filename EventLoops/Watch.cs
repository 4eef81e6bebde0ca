using System.Runtime.Versioning;

namespace EventLoops;

/// <summary>One descriptor's place in a loop. Whoever made it calls it from one thread at a time.</summary>
[SupportedOSPlatform("linux")]
public sealed class Watch
{
    private readonly EventLoop _loop;
    private readonly IWatcher _watcher;
    private readonly int _tag;
    private Readiness _wanted;

    internal Watch(EventLoop loop, int descriptor, IWatcher watcher, int tag)
    {
        (_loop, Descriptor, _watcher, _tag) = (loop, descriptor, watcher, tag);
    }

    /// <summary>Where the loop finds it.</summary>
    internal int Index { get; set; } = -1;

    /// <summary>Tells it from those that had the place before: epoll may still report what happened to them.</summary>
    internal uint Id { get; set; }

    public EventLoop Loop => _loop;

    public int Descriptor { get; }

    /// <summary>Says what to be told of, from now on.</summary>
    /// <remarks>Errors are told unasked, again and again; who wants nothing is therefore taken out until it wants something.</remarks>
    public void Want(Readiness wanted)
    {
        if (wanted != _wanted)
        {
            _loop.Control(wanted is Readiness.None ? Libc.EpollControlDelete : _wanted is Readiness.None ? Libc.EpollControlAdd : Libc.EpollControlModify, this, wanted);
            _wanted = wanted;
        }
    }

    /// <summary>Gives the place back; the descriptor itself stays open.</summary>
    public void Release()
    {
        Want(Readiness.None);
        _loop.Remove(this);
    }

    internal void Tell(Readiness readiness) => _watcher.Ready(_tag, readiness);
}
