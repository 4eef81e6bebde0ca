using System.Runtime.CompilerServices;
using Xunit;

namespace Tests.Common;

/// <summary>Waits for a condition instead of for a time: polls it until it holds or a deadline has passed.</summary>
public static class Eventually
{
    /// <summary>For steps that have no deadline of their own; long enough for a busy build machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits until <paramref name="condition"/> holds.</summary>
    /// <param name="condition">Cheap and without side effects.</param>
    /// <param name="within">The deadline; <see cref="Patience"/> when left out.</param>
    /// <param name="seen">What to print when the deadline has passed.</param>
    /// <param name="expectation">The text of the condition, filled in by the compiler.</param>
    public static Task HoldsAsync(
        Func<bool> condition,
        TimeSpan? within = null,
        Func<string>? seen = null,
        [CallerArgumentExpression(nameof(condition))] string expectation = "")
        => HoldsAsync(() => Task.FromResult(condition()), within, seen, expectation);

    /// <inheritdoc cref="HoldsAsync(Func{bool}, TimeSpan?, Func{string}?, string)"/>
    public static async Task HoldsAsync(
        Func<Task<bool>> condition,
        TimeSpan? within = null,
        Func<string>? seen = null,
        [CallerArgumentExpression(nameof(condition))] string expectation = "")
    {
        var deadline = new Deadline(within ?? Patience);
        while (!await condition())
        {
            if (deadline.HasPassed)
            {
                Assert.Fail($"Not within {deadline.Length.TotalSeconds:0.#} s: {expectation}{(seen is null ? "" : "; seen: " + seen())}");
            }

            await Task.Delay(PollInterval, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Repeats an assertion until it passes; after the deadline its own failure is the failure.</summary>
    public static async Task PassesAsync(Func<Task> assertion, TimeSpan? within = null)
    {
        var deadline = new Deadline(within ?? Patience);
        while (true)
        {
            try
            {
                await assertion();
                return;
            }
            catch (Exception) when (!deadline.HasPassed)
            {
                await Task.Delay(PollInterval, TestContext.Current.CancellationToken);
            }
        }
    }

    /// <summary>Waits for a task, and says what was waited for when it does not end in time.</summary>
    public static async Task<T> CompletesAsync<T>(
        Task<T> task,
        TimeSpan? within = null,
        [CallerArgumentExpression(nameof(task))] string expectation = "")
    {
        var patience = within ?? Patience;
        try
        {
            return await task.WaitAsync(patience, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            Assert.Fail($"Not within {patience.TotalSeconds:0.#} s: {expectation}");
            throw;
        }
    }
}
