using Proxy.Affinity;
using Proxy.Nodes;

namespace Proxy.Admin;

/// <summary>Writes down the steps of a decision that is only explained.</summary>
internal sealed class StepRecorder : IExplanationSink
{
    private readonly List<StepJson> _steps = [];

    public IReadOnlyList<StepJson> Steps => _steps;

    public IReadOnlyList<CandidateJson> CandidateShares { get; private set; } = [];

    public void Step(string step, string result, string? detail = null) => _steps.Add(new StepJson(step, result, detail));

    public void Candidates(IReadOnlyList<GatewayNode> candidates, IReadOnlyList<double>? shares) =>
        CandidateShares = [.. candidates.Select((node, i) => new CandidateJson(node.Name, shares?[i]))];
}
