using System.Runtime.Versioning;
using EventLoops;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.EventLoops;

[SupportedOSPlatform("linux")]
public sealed class EventLoopTests : SocketTestBed
{
    // Nobody else's, so that its places are this class's alone; a loop lasts as long as the process.
    private static readonly Lazy<EventLoop> Loop = new(static () => new EventLoop("event loop under test"));

    [Fact]
    public async Task Descriptors_MoreThanTheTableBeganWith_AreAllTold()
    {
        const int Count = 150; // it begins with 64 and doubles
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

    /// <summary>Two descriptors are ready at once; who is told first gives both places back, and somebody else gets one of them.</summary>
    [Fact]
    public async Task Place_UsedAgain_IsNotToldOfWhoHadIt()
    {
        var (first, second) = (await OpenReadableAsync(), await OpenReadableAsync());
        var idle = await OpenPairAsync(Loop.Value);
        var idleDescriptor = idle.Socket.Release();
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var toldNow = 0;
        var formerIndex = -1;
        Watch? reused = null;

        Loop.Value.Post(
            _ =>
            {
                var watches = new Watch[2];
                watches[0] = Loop.Value.Add(first, new Watcher(() => Replace(watches[0], watches[1])), tag: 0);
                watches[1] = Loop.Value.Add(second, new Watcher(() => Replace(watches[1], watches[0])), tag: 0);
                watches[0].Want(Readiness.Readable);
                watches[1].Want(Readiness.Readable);
            },
            null);
        await changed.Task.WaitAsync(Eventually.Patience, Cancel);
        Assert.Equal(formerIndex, reused!.Index);
        Assert.Equal(0, Volatile.Read(ref toldNow));

        await idle.Peer.SendAsync(new byte[1], Cancel);
        await Eventually.HoldsAsync(() => Volatile.Read(ref toldNow) == 1);
        Array.ForEach([first, second, idleDescriptor], static descriptor => Descriptors.Close(descriptor, isAbort: false));

        void Replace(Watch told, Watch notToldYet)
        {
            told.Release();
            formerIndex = notToldYet.Index;
            notToldYet.Release();
            reused = Loop.Value.Add(
                idleDescriptor,
                new Watcher(() =>
                {
                    reused!.Release();
                    Interlocked.Increment(ref toldNow);
                }),
                tag: 0);
            reused.Want(Readiness.Readable);
            Loop.Value.Post(_ => changed.SetResult(), null); // runs after everything that was ready together with this
        }
    }

    [Fact]
    public async Task Run_OnTheLoopItself_IsAtOnce()
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
        var (count, elsewhere) = (0, 0);
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        await Parallel.ForEachAsync(Enumerable.Range(0, 8), Cancel, (_, _) =>
        {
            for (var i = 0; i < PerThread; i++)
            {
                Loop.Value.Post(
                    _ =>
                    {
                        elsewhere += ReferenceEquals(EventLoop.Current, Loop.Value) ? 0 : 1;
                        if (++count == 8 * PerThread) // the loop's thread alone counts
                        {
                            all.SetResult();
                        }
                    },
                    null);
            }

            return ValueTask.CompletedTask;
        });
        await all.Task.WaitAsync(Eventually.Patience, Cancel);

        Assert.Equal(0, elsewhere);
    }

    private static async Task<byte> ReadByteAsync(ConnectedPair pair)
    {
        var buffer = new byte[2];
        Assert.Equal(1, await pair.Socket.ReceiveAsync(buffer, Cancel));
        return buffer[0];
    }

    // A descriptor of nobody's, with a byte to read.
    private async Task<int> OpenReadableAsync()
    {
        var pair = await OpenPairAsync(Loop.Value);
        var waiting = pair.Socket.ReceiveAsync(Memory<byte>.Empty, Cancel).AsTask();
        await pair.Peer.SendAsync(new byte[1], Cancel);
        await Eventually.CompletesAsync(waiting);
        return pair.Socket.Release();
    }

    private sealed class Watcher(Action ready) : IWatcher
    {
        public void Ready(int tag, Readiness readiness) => ready();
    }
}
