using System.Runtime.Versioning;
using EventLoops;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.EventLoops;

[SupportedOSPlatform("linux")]
public sealed class EventLoopTests : SocketTestBed
{
    // No other test uses this loop, so its slots are known. A loop lasts as long as the process.
    private static readonly Lazy<EventLoop> Loop = new(static () => new EventLoop("event loop under test"));

    [Fact]
    public async Task Registrations_MoreThanTheFirstTableHolds_AreAllReported()
    {
        const int Count = 150; // the table begins with 64 slots and doubles
        var pairs = new List<ConnectedPair>();
        for (var i = 0; i < Count; i++)
        {
            pairs.Add(await OpenPairAsync(Loop.Value));
        }

        var reading = pairs.Select(ReadByteAsync).ToList();
        Assert.DoesNotContain(reading, static read => read.IsCompleted);
        for (var i = Count - 1; i >= 0; i--)
        {
            await pairs[i].Peer.SendAsync(new[] { (byte)i }, Cancel);
        }

        Assert.Equal(Enumerable.Range(0, Count).Select(static i => (byte)i), await Eventually.CompletesAsync(Task.WhenAll(reading)));
    }

    /// <summary>Two descriptors are ready at once. The first handler removes both registrations, and a third descriptor gets one of their slots.</summary>
    [Fact]
    public async Task Slot_UsedAgain_GetsNoEventOfItsFormerRegistration()
    {
        var (first, second) = (await OpenReadableAsync(), await OpenReadableAsync());
        var idle = await OpenPairAsync(Loop.Value);
        var idleDescriptor = idle.Socket.Release();
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var callsOfReused = 0;
        var formerSlot = -1;
        Registration? reused = null;

        Loop.Value.Post(
            _ =>
            {
                var registrations = new Registration[2];
                registrations[0] = Loop.Value.Register(first, new Handler(() => Replace(registrations[0], registrations[1])), tag: 0);
                registrations[1] = Loop.Value.Register(second, new Handler(() => Replace(registrations[1], registrations[0])), tag: 0);
                registrations[0].SetInterest(Readiness.Readable);
                registrations[1].SetInterest(Readiness.Readable);
            },
            null);
        await changed.Task.WaitAsync(Eventually.Patience, Cancel);
        Assert.Equal(formerSlot, reused!.Slot);
        Assert.Equal(0, Volatile.Read(ref callsOfReused));

        await idle.Peer.SendAsync(new byte[1], Cancel);
        await Eventually.HoldsAsync(() => Volatile.Read(ref callsOfReused) == 1);
        Array.ForEach([first, second, idleDescriptor], static descriptor => Descriptors.Close(descriptor, isAbort: false));

        void Replace(Registration called, Registration other)
        {
            called.Remove();
            formerSlot = other.Slot;
            other.Remove();
            reused = Loop.Value.Register(
                idleDescriptor,
                new Handler(() =>
                {
                    reused!.Remove();
                    Interlocked.Increment(ref callsOfReused);
                }),
                tag: 0);
            reused.SetInterest(Readiness.Readable);
            Loop.Value.Post(_ => changed.SetResult(), null); // runs after the handlers of everything that was ready at the same time
        }
    }

    [Fact]
    public async Task Run_OnTheLoopItself_RunsAtOnce()
    {
        var order = new List<string>();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        Loop.Value.Post(
            _ =>
            {
                Loop.Value.Post(_ => done.SetResult(), null);
                Loop.Value.Run(_ => order.Add("run"), null);
                order.Add("after it");
            },
            null);
        await done.Task.WaitAsync(Eventually.Patience, Cancel);

        Assert.Equal(["run", "after it"], order);
    }

    [Fact]
    public async Task Post_FromManyThreads_RunsAllOnTheLoop()
    {
        const int PerThread = 1000;
        var (count, onOtherThreads) = (0, 0);
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        await Parallel.ForEachAsync(Enumerable.Range(0, 8), Cancel, (_, _) =>
        {
            for (var i = 0; i < PerThread; i++)
            {
                Loop.Value.Post(
                    _ =>
                    {
                        onOtherThreads += ReferenceEquals(EventLoop.Current, Loop.Value) ? 0 : 1;
                        if (++count == 8 * PerThread) // only the loop's thread counts
                        {
                            all.SetResult();
                        }
                    },
                    null);
            }

            return ValueTask.CompletedTask;
        });
        await all.Task.WaitAsync(Eventually.Patience, Cancel);

        Assert.Equal(0, onOtherThreads);
    }

    private static async Task<byte> ReadByteAsync(ConnectedPair pair)
    {
        var buffer = new byte[2];
        Assert.Equal(1, await pair.Socket.ReceiveAsync(buffer, Cancel));
        return buffer[0];
    }

    // A descriptor that belongs to the test, with a byte to read.
    private async Task<int> OpenReadableAsync()
    {
        var pair = await OpenPairAsync(Loop.Value);
        var waiting = pair.Socket.ReceiveAsync(Memory<byte>.Empty, Cancel).AsTask();
        await pair.Peer.SendAsync(new byte[1], Cancel);
        await Eventually.CompletesAsync(waiting);
        return pair.Socket.Release();
    }

    private sealed class Handler(Action ready) : IReadyHandler
    {
        public void OnReady(int tag, Readiness readiness) => ready();
    }
}
