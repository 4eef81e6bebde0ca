using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace EventLoops;

/// <summary>A thread that waits for descriptors (epoll, level-triggered) and calls their handlers itself, so that no pool thread has to be woken.</summary>
/// <remarks>Code that runs on the loop's thread must not block: every descriptor of the loop would wait. A loop lasts as long as the process.</remarks>
[SupportedOSPlatform("linux")]
public sealed unsafe class EventLoop
{
    private const int MaxEvents = 256;
    private const int BufferBytes = 64 * 1024;

    /// <summary>What the kernel reports for the descriptor that wakes the loop. No registration has this value, as slot 0 stays empty.</summary>
    private const ulong WakeData = 0;

    [ThreadStatic]
    private static EventLoop? _current;

    private readonly int _epoll;
    private readonly int _wake;
    private readonly ConcurrentQueue<(Action<object?> Action, object? State)> _posted = new();
    private readonly Lock _gate = new();
    private readonly Stack<int> _freeSlots = new();
    private Registration?[] _registrations = new Registration?[64];
    private int _usedSlots = 1;
    private uint _lastId;
    private int _isWoken;

    /// <summary>Starts the loop.</summary>
    /// <param name="name">The name of its thread.</param>
    internal EventLoop(string name)
    {
        _epoll = Check(Libc.CreateEpoll(Libc.CloseOnExec));
        _wake = Check(Libc.CreateEvent(0, Libc.NonBlocking | Libc.CloseOnExec));
        Span<byte> wakeEvent = stackalloc byte[EpollEvent.Size];
        EpollEvent.Write(wakeEvent, Readiness.Readable, WakeData);
        fixed (byte* pointer = wakeEvent)
        {
            Check(Libc.ControlEpoll(_epoll, Libc.EpollControlAdd, _wake, pointer));
        }

        new Thread(Serve) { IsBackground = true, Name = name }.UnsafeStart();
    }

    /// <summary>The loop that the calling thread belongs to, or <see langword="null"/>.</summary>
    public static EventLoop? Current => _current;

    /// <summary>64 KiB for bytes that are read and passed on in one call of a handler. Only code on the loop's thread may use it.</summary>
    public byte[] Buffer { get; } = GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);

    /// <summary>Registers a descriptor. Its handler is not called before <see cref="Registration.SetInterest"/>.</summary>
    /// <param name="descriptor">A non-blocking descriptor, which has no other registration.</param>
    /// <param name="handler">The handler that is called when the descriptor is ready.</param>
    /// <param name="tag">A number that is passed to the handler.</param>
    public Registration Register(int descriptor, IReadyHandler handler, int tag)
    {
        var registration = new Registration(this, descriptor, handler, tag);
        lock (_gate)
        {
            if (!_freeSlots.TryPop(out var slot))
            {
                slot = _usedSlots++;
                if (slot == _registrations.Length)
                {
                    var larger = new Registration?[slot * 2];
                    _registrations.CopyTo(larger, 0);
                    Volatile.Write(ref _registrations, larger);
                }
            }

            (registration.Slot, registration.Id) = (slot, ++_lastId);
            Volatile.Write(ref _registrations[slot], registration);
        }

        return registration;
    }

    /// <summary>Runs an action on the loop's thread, after what that thread does now.</summary>
    /// <param name="action">The action; it must neither block nor throw.</param>
    /// <param name="state">The argument of the action.</param>
    public void Post(Action<object?> action, object? state)
    {
        _posted.Enqueue((action, state));
        if (Interlocked.Exchange(ref _isWoken, 1) == 0)
        {
            ulong one = 1;
            _ = Libc.Write(_wake, &one, sizeof(ulong));
        }
    }

    /// <summary>Runs an action at once if the calling thread is the loop's own, and like <see cref="Post"/> otherwise.</summary>
    /// <param name="action">The action; it must neither block nor throw.</param>
    /// <param name="state">The argument of the action.</param>
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

    /// <summary>Frees the slot of a registration.</summary>
    internal void Unregister(Registration registration)
    {
        lock (_gate)
        {
            if (ReferenceEquals(_registrations[registration.Slot], registration))
            {
                _registrations[registration.Slot] = null;
                _freeSlots.Push(registration.Slot);
            }
        }
    }

    /// <summary>Changes what the kernel reports for a registration.</summary>
    /// <remarks>
    /// If the kernel refuses (limit <c>fs.epoll.max_user_watches</c>, memory), no event would ever come for the connection, so it is shut down: the peer sees
    /// the end at once, and this side at its next read or write, or by its time limit.
    /// </remarks>
    internal void Control(int operation, Registration registration, Readiness interest)
    {
        Span<byte> bytes = stackalloc byte[EpollEvent.Size];
        EpollEvent.Write(bytes, interest, ((ulong)registration.Id << 32) | (uint)registration.Slot);
        fixed (byte* pointer = bytes)
        {
            if (Libc.ControlEpoll(_epoll, operation, registration.Descriptor, pointer) < 0)
            {
                _ = Libc.Shutdown(registration.Descriptor, Libc.ShutdownBoth);
            }
        }
    }

    private void Serve()
    {
        _current = this;
        var events = stackalloc byte[EpollEvent.Size * MaxEvents];
        while (true)
        {
            var count = Libc.WaitForEpoll(_epoll, events, MaxEvents, -1);
            if (count < 0 && Marshal.GetLastPInvokeError() is not Errno.Interrupted)
            {
                Check(count);
            }

            for (var i = 0; i < count; i++)
            {
                var (readiness, data) = EpollEvent.Read(new ReadOnlySpan<byte>(events + (i * EpollEvent.Size), EpollEvent.Size));
                if (data == WakeData)
                {
                    RunPosted();
                }
                else
                {
                    Dispatch(readiness, slot: (int)(uint)data, id: (uint)(data >> 32));
                }
            }
        }
    }

    // The handler of an earlier event of the same batch may have removed this registration, and another may have got its slot.
    private void Dispatch(Readiness readiness, int slot, uint id)
    {
        if (Volatile.Read(ref Volatile.Read(ref _registrations)[slot]) is { } registration && registration.Id == id)
        {
            registration.Dispatch(readiness);
        }
    }

    private void RunPosted()
    {
        ulong count;
        _ = Libc.Read(_wake, &count, sizeof(ulong));

        // The flag is cleared before the queue is emptied, so that an action that is posted after that wakes the loop again.
        Volatile.Write(ref _isWoken, 0);
        Interlocked.MemoryBarrier();
        while (_posted.TryDequeue(out var work))
        {
            work.Action(work.State);
        }
    }

    private static int Check(int result) => result >= 0 ? result : throw Errno.ToSocketException(Marshal.GetLastPInvokeError());
}
