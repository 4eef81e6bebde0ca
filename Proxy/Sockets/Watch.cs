using System.Runtime.Versioning;

namespace Proxy.Sockets;

/// <summary>One descriptor's place in a loop. Whoever made it calls it from one thread at a time.</summary>
[SupportedOSPlatform("linux")]
internal sealed class Watch(EventLoop loop, int descriptor, IWatcher watcher, int tag)
{
    private Readiness _wanted;

    /// <summary>Where the loop finds it.</summary>
    public int Index { get; set; } = -1;

    /// <summary>Tells it from those that had the place before: epoll may still report what happened to them.</summary>
    public uint Id { get; set; }

    public EventLoop Loop => loop;

    public int Descriptor => descriptor;

    public bool Wants(Readiness readiness) => (_wanted & readiness) is not Readiness.None;

    /// <summary>Says what to be told of, from now on.</summary>
    /// <remarks>Errors are told unasked, again and again; who wants nothing is therefore taken out until it wants something.</remarks>
    public void Want(Readiness wanted)
    {
        if (wanted != _wanted)
        {
            loop.Control(wanted is Readiness.None ? Libc.EpollControlDelete : _wanted is Readiness.None ? Libc.EpollControlAdd : Libc.EpollControlModify, this, wanted);
            _wanted = wanted;
        }
    }

    /// <summary>Gives the place back; the descriptor itself stays open.</summary>
    public void Release()
    {
        Want(Readiness.None);
        loop.Remove(this);
    }

    public void Tell(Readiness readiness) => watcher.Ready(tag, readiness);
}
