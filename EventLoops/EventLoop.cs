using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace EventLoops;

/// <summary>A thread that waits for sockets (epoll, level-triggered) and runs what becomes possible, there and then: no pool thread is woken.</summary>
/// <remarks>Nothing that runs on it may block: every socket of the loop would wait.</remarks>
[SupportedOSPlatform("linux")]
public sealed unsafe class EventLoop
{
    private const int MostHappenings = 256;
    private const int BufferBytes = 64 * 1024;

    [ThreadStatic]
    private static EventLoop? _current;

    private readonly int _epoll;
    private readonly int _wake;
    private readonly ConcurrentQueue<(Action<object?> Action, object? State)> _posted = new();
    private readonly Lock _gate = new();
    private readonly Stack<int> _free = new();
    private Watch?[] _watches = new Watch?[64];
    private int _used = 1; // 0 is the wake-up's
    private uint _lastId;
    private int _isWoken;

    internal EventLoop(string name)
    {
        _epoll = Check(Libc.CreateEpoll(Libc.CloseOnExec));
        _wake = Check(Libc.CreateEvent(0, Libc.NonBlocking | Libc.CloseOnExec));
        Span<byte> happening = stackalloc byte[EpollRecord.Size];
        EpollRecord.Write(happening, Readiness.Readable, data: 0);
        fixed (byte* at = happening)
        {
            Check(Libc.ControlEpoll(_epoll, Libc.EpollControlAdd, _wake, at));
        }

        new Thread(Serve) { IsBackground = true, Name = name }.UnsafeStart();
    }

    /// <summary>The loop whose thread this is, or <see langword="null"/>.</summary>
    public static EventLoop? Current => _current;

    /// <summary>For what is read and passed on before the next thing is read; the loop's thread only.</summary>
    public byte[] Buffer { get; } = GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);

    /// <summary>Gives a descriptor a place; nothing is told before <see cref="Watch.Want"/>.</summary>
    public Watch Add(int descriptor, IWatcher watcher, int tag)
    {
        var watch = new Watch(this, descriptor, watcher, tag);
        lock (_gate)
        {
            if (!_free.TryPop(out var index))
            {
                index = _used++;
                if (index == _watches.Length)
                {
                    var larger = new Watch?[index * 2];
                    _watches.CopyTo(larger, 0);
                    Volatile.Write(ref _watches, larger);
                }
            }

            (watch.Index, watch.Id) = (index, ++_lastId);
            Volatile.Write(ref _watches[index], watch);
        }

        return watch;
    }

    internal void Remove(Watch watch)
    {
        lock (_gate)
        {
            if (ReferenceEquals(_watches[watch.Index], watch))
            {
                _watches[watch.Index] = null;
                _free.Push(watch.Index);
            }
        }
    }

    /// <summary>Tells the kernel what to tell.</summary>
    /// <remarks>Where it cannot (fs.epoll.max_user_watches, memory) the connection is ended: its peer sees that at once, and its user within its time limit.</remarks>
    internal void Control(int operation, Watch watch, Readiness wanted)
    {
        Span<byte> happening = stackalloc byte[EpollRecord.Size];
        EpollRecord.Write(happening, wanted, ((ulong)watch.Id << 32) | (uint)watch.Index);
        fixed (byte* at = happening)
        {
            if (Libc.ControlEpoll(_epoll, operation, watch.Descriptor, at) < 0)
            {
                _ = Libc.Shutdown(watch.Descriptor, Libc.ShutdownBoth);
            }
        }
    }

    /// <summary>Runs it on the loop's thread, soon.</summary>
    public void Post(Action<object?> action, object? state)
    {
        _posted.Enqueue((action, state));
        if (Interlocked.Exchange(ref _isWoken, 1) == 0)
        {
            ulong one = 1;
            _ = Libc.Write(_wake, &one, sizeof(ulong));
        }
    }

    /// <summary>Runs it at once on the loop's own thread, and soon from any other.</summary>
    public void Run(Action<object?> action, object? state)
    {
        if (ReferenceEquals(_current, this))
        {
            action(state);
        }
        else
        {
            Post(action, state);
        }
    }

    private void Serve()
    {
        _current = this;
        var happenings = stackalloc byte[EpollRecord.Size * MostHappenings];
        while (true)
        {
            var count = Libc.WaitForEpoll(_epoll, happenings, MostHappenings, -1);
            if (count < 0 && Marshal.GetLastPInvokeError() is not Errno.Interrupted)
            {
                Check(count);
            }

            for (var i = 0; i < count; i++)
            {
                var (readiness, data) = EpollRecord.Read(new ReadOnlySpan<byte>(happenings + (i * EpollRecord.Size), EpollRecord.Size));
                if (data == 0)
                {
                    RunPosted();
                }
                else if (Volatile.Read(ref Volatile.Read(ref _watches)[(int)(uint)data]) is { } watch && watch.Id == data >> 32)
                {
                    watch.Tell(readiness);
                }
            }
        }
    }

    private void RunPosted()
    {
        ulong count;
        _ = Libc.Read(_wake, &count, sizeof(ulong));
        Volatile.Write(ref _isWoken, 0); // before the queue is emptied: who comes later wakes again
        Interlocked.MemoryBarrier();
        while (_posted.TryDequeue(out var work))
        {
            work.Action(work.State);
        }
    }

    private static int Check(int result) => result >= 0 ? result : throw Errno.ToSocketException(Marshal.GetLastPInvokeError());
}
