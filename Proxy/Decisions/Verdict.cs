using Proxy.Affinity;

namespace Proxy.Decisions;

/// <summary>What an attempt comes to, once the node has answered or has failed to.</summary>
internal abstract record Verdict
{
    /// <summary>The node's answer, or what is left of its body, is to be copied to the client.</summary>
    public static readonly Verdict Relay = new RelayVerdict();

    /// <summary>The node's answer is an event stream, which the gateway copies itself, event by event.</summary>
    public static readonly Verdict RelayEvents = new RelayEventsVerdict();

    /// <summary>The client has got its whole answer already: the gateway's own, or the node's.</summary>
    public static readonly Verdict Answered = new AnsweredVerdict();

    /// <summary>The client has got nothing of this attempt, and another node is to be tried.</summary>
    /// <param name="Decision">The decision for that node.</param>
    public sealed record TryNextNode(Decision Decision) : Verdict;

    private sealed record RelayVerdict : Verdict;

    private sealed record RelayEventsVerdict : Verdict;

    private sealed record AnsweredVerdict : Verdict;
}
