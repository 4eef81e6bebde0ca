using Proxy.Nodes;

namespace Proxy.Affinity;

/// <summary>Receives the steps of a decision. Given only to explain: nothing may advance or be counted then.</summary>
internal interface IExplanationSink
{
    /// <summary>A step was taken.</summary>
    /// <param name="step">What was asked: <c>tag</c>, <c>store</c>, <c>cookie</c>, …</param>
    /// <param name="result">What it said, such as <c>hit</c> or <c>miss</c>.</param>
    /// <param name="detail">For people.</param>
    void Step(string step, string result, string? detail = null);

    /// <summary>The router would pick among these.</summary>
    void Candidates(IReadOnlyList<GatewayNode> candidates, IReadOnlyList<double>? shares);
}
