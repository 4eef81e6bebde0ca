using Proxy.Affinity;
using Proxy.Nodes;

namespace Proxy.Tests.Affinity;

internal sealed class RecordedExplanation : IExplanationSink
{
    public List<string> Steps { get; } = [];

    public IReadOnlyList<GatewayNode>? Nodes { get; private set; }

    public IReadOnlyList<double>? Shares { get; private set; }

    public void Step(string step, string result, string? detail = null) => Steps.Add($"{step}: {result}");

    public void Candidates(IReadOnlyList<GatewayNode> candidates, IReadOnlyList<double>? shares) => (Nodes, Shares) = (candidates, shares);
}
