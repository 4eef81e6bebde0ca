using Proxy.Decisions;
using Tests.Common;
using Xunit;

namespace Proxy.Tests.Decisions;

public sealed class AttemptLimitTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Deadline_Over_EndsTheAttempt()
    {
        using var limit = new AttemptLimit(_time, TimeSpan.FromSeconds(15), CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(14.9));
        Assert.False(limit.Token.IsCancellationRequested);

        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.True(limit is { TimedOut: true, IsMoving: false, Token.IsCancellationRequested: true });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public void Deadline_UsedUpByFormerAttempts_EndsItAtOnce(int seconds)
    {
        using var limit = new AttemptLimit(_time, TimeSpan.FromSeconds(seconds), CancellationToken.None);
        _time.Advance(TimeSpan.Zero);

        Assert.True(limit.TimedOut);
    }

    [Theory]
    [InlineData(true, false)] // a tunnel is open: it lasts as long as it likes
    [InlineData(false, true)] // a body is still to come
    public void Deadline_AfterTheAnswer_CountsForItsBodyOnly(bool isOpen, bool timesOut)
    {
        using var limit = new AttemptLimit(_time, TimeSpan.FromSeconds(15), CancellationToken.None);
        limit.Answered(isOpen);
        _time.Advance(TimeSpan.FromSeconds(16));

        Assert.Equal(timesOut, limit.TimedOut);
    }

    [Fact]
    public void NodeOffline_BeforeTheAnswer_EndsItWithoutTimeOut()
    {
        using var offline = new CancellationTokenSource();
        using var waiting = new AttemptLimit(_time, remaining: null, offline.Token);
        using var answered = new AttemptLimit(_time, remaining: null, offline.Token);
        answered.Answered(isOpen: false);

        offline.Cancel();

        Assert.True(waiting is { TimedOut: false, Token.IsCancellationRequested: true });
        Assert.False(answered.Token.IsCancellationRequested);
    }

    [Fact]
    public void RequestClose_PendingPoll_IsGivenUpAndAnAnsweredOneLeft()
    {
        using var pending = new AttemptLimit(_time, remaining: null, CancellationToken.None);
        using var answered = new AttemptLimit(_time, remaining: null, CancellationToken.None);
        answered.Answered(isOpen: true);

        pending.RequestClose();
        answered.RequestClose();

        Assert.True(pending is { IsMoving: true, TimedOut: false, Token.IsCancellationRequested: true });
        Assert.True(answered is { IsMoving: false, Token.IsCancellationRequested: false });
    }

    [Fact]
    public void Dispose_EndsItsTimer()
    {
        var limit = new AttemptLimit(_time, TimeSpan.FromSeconds(15), CancellationToken.None);
        Assert.Equal(1, _time.ActiveTimers);

        limit.Dispose();
        limit.RequestClose(); // at the same moment

        Assert.Equal(0, _time.ActiveTimers);
    }
}
