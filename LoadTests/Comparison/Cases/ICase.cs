using LoadTests.Comparison.Contenders;
using LoadTests.Comparison.Results;

namespace LoadTests.Comparison.Cases;

/// <summary>A load that every contender gets, and the figures that come of it.</summary>
internal interface ICase
{
    /// <summary>On the command line; cases of one name run together.</summary>
    string Name { get; }

    IReadOnlyList<FigureDefinition> Figures { get; }

    /// <summary>Whether the proxy has one core.</summary>
    bool PinsProxy { get; }

    /// <summary>How many hub nodes are behind the proxy.</summary>
    int Nodes => 2;

    /// <summary>Whom it compares.</summary>
    IReadOnlyList<IContender> Choose(ContenderSet all);

    /// <summary>Puts the load on a proxy that has just started.</summary>
    Task<Measurement> RunAsync(CaseRun run, CancellationToken cancellationToken);
}
