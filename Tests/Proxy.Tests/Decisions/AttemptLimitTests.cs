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
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(15), _time);
        using var limit = new AttemptLimit(deadline.Token, CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(14.9));
        Assert.False(limit.Token.IsCancellationRequested);

        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.True(limit is { TimedOut: true, IsMoving: false, IsGivenUp: false, Token.IsCancellationRequested: true });
    }

    [Fact]
    public void Deadline_UsedUpByFormerAttempts_EndsItAtOnce()
    {
        using var limit = new AttemptLimit(new CancellationToken(canceled: true), CancellationToken.None);

        Assert.True(limit is { TimedOut: true, Token.IsCancellationRequested: true });
    }

    [Theory]
    [InlineData(true, false)] // a tunnel is open, and may last for days
    [InlineData(false, true)] // a body is still to come
    public void Deadline_AfterTheAnswer_CountsForItsBodyOnly(bool isOpen, bool timesOut)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(15), _time);
        using var limit = new AttemptLimit(deadline.Token, CancellationToken.None);
        limit.Answered(isOpen);
        _time.Advance(TimeSpan.FromSeconds(16));

        Assert.Equal(timesOut, limit.TimedOut);
    }

    [Fact]
    public void NodeOffline_BeforeTheAnswer_EndsItWithoutATimeOut()
    {
        using var offline = new CancellationTokenSource();
        using var waiting = new AttemptLimit(CancellationToken.None, offline.Token);
        using var answered = new AttemptLimit(CancellationToken.None, offline.Token);
        answered.Answered(isOpen: false);

        offline.Cancel();

        Assert.True(waiting is { TimedOut: false, Token.IsCancellationRequested: true });
        Assert.False(answered.Token.IsCancellationRequested);
    }

    [Fact]
    public void RequestClose_PendingPoll_IsGivenUpAndAnAnsweredOneLeft()
    {
        using var pending = new AttemptLimit(CancellationToken.None, CancellationToken.None);
        using var answered = new AttemptLimit(CancellationToken.None, CancellationToken.None);
        answered.Answered(isOpen: true);

        pending.RequestClose();
        answered.RequestClose();

        Assert.True(pending is { IsMoving: true, TimedOut: false, Token.IsCancellationRequested: true });
        Assert.True(answered is { IsMoving: false, Token.IsCancellationRequested: false });
    }

    [Fact]
    public void Dispose_BeforeItsLimits_LeavesThemWithoutEffect()
    {
        using var deadline = new CancellationTokenSource();
        using var offline = new CancellationTokenSource();
        var limit = new AttemptLimit(deadline.Token, offline.Token);

        limit.Dispose();
        deadline.Cancel();
        offline.Cancel();
        limit.RequestClose(); // at the same moment

        Assert.False(limit.TimedOut);
    }
}
