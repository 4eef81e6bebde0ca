using Polly;
using Polly.CircuitBreaker;

namespace Proxy.Nodes;

/// <summary>Says when negotiates that failed in a row speak against a node: Polly's circuit breaker, told what became of each.</summary>
/// <remarks>
/// It only watches; who gets a request is decided by the snapshot, since a broken circuit must never take the last node. Polly counts shares of a period,
/// not failures in a row: a breaker therefore lives from a first failure to the next success, and sees nothing but failures.
/// </remarks>
internal sealed class NegotiateBreaker
{
    /// <summary>How long the node is kept out: its probes are fine, so only real requests can tell when it works again.</summary>
    public static readonly TimeSpan Break = TimeSpan.FromSeconds(10);

    /// <summary>Failures in a row that break the circuit; one application error never does.</summary>
    private const int FailuresThatBreak = 2;

    /// <summary>Failures that lie further apart are not in a row.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private volatile Circuit? _circuit;

    /// <summary>A negotiate met a reset, a time-out, or 502, 503 or 504.</summary>
    /// <param name="time">The clock.</param>
    /// <returns>Whether this broke the circuit, for the first time or, after <see cref="Break"/>, anew.</returns>
    public bool Failed(TimeProvider time)
    {
        lock (_gate)
        {
            var circuit = _circuit ??= new Circuit(time);
            return circuit.Fail();
        }
    }

    /// <summary>A negotiate was answered.</summary>
    public void Succeeded()
    {
        if (_circuit is not null)
        {
            _circuit = null;
        }
    }

    private sealed class Circuit
    {
        private readonly CircuitBreakerStateProvider _state = new();
        private readonly ResiliencePipeline<bool> _pipeline;

        public Circuit(TimeProvider time)
        {
            _pipeline = new ResiliencePipelineBuilder<bool> { TimeProvider = time }
                .AddCircuitBreaker(new CircuitBreakerStrategyOptions<bool>
                {
                    FailureRatio = 1,
                    MinimumThroughput = FailuresThatBreak,
                    SamplingDuration = Period,
                    BreakDuration = Break,
                    ShouldHandle = static arguments => new(arguments.Outcome.Result),
                    StateProvider = _state,
                })
                .Build();
        }

        public bool Fail()
        {
            // While the circuit is broken Polly lets nothing through, not even the news of another failure.
            var wasTold = false;
            var context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false, CancellationToken.None);
            _ = _pipeline.ExecuteOutcomeAsync(
                (_, _) =>
                {
                    wasTold = true;
                    return new ValueTask<Outcome<bool>>(Outcome.FromResult(true));
                },
                context,
                0).AsTask();
            ResilienceContextPool.Shared.Return(context);
            return wasTold && _state.CircuitState is CircuitState.Open;
        }
    }
}
