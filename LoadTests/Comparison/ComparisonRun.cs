using LoadTests.Comparison.Cases;
using LoadTests.Comparison.Contenders;
using LoadTests.Comparison.Results;
using LoadTests.Lean.Node;

namespace LoadTests.Comparison;

/// <summary>Runs cases: for each round and contender a fresh proxy in front of two fresh nodes.</summary>
/// <param name="settings">What to run.</param>
/// <param name="contenders">Who takes part.</param>
/// <param name="progress">Told what begins and what came of it.</param>
internal sealed class ComparisonRun(CompareSettings settings, ContenderSet contenders, Action<string> progress)
{
    private static readonly string[] NodeNames = ["a", "b"];

    public async Task<IReadOnlyList<CaseResult>> RunAsync(CancellationToken cancellationToken)
    {
        List<CaseResult> results = [];
        foreach (var testCase in CaseSet.All.Where(testCase => settings.Cases.Contains(testCase.Name)))
        {
            results.Add(new CaseResult(testCase.Name, testCase.Figures, await RunAsync(testCase, cancellationToken)));
        }

        return results;
    }

    private async Task<IReadOnlyList<Sample>> RunAsync(ICase testCase, CancellationToken cancellationToken)
    {
        List<Sample> samples = [];
        var chosen = testCase.Choose(contenders);
        for (var round = 0; round < settings.Rounds; round++)
        {
            foreach (var contender in Interleaving.Order(chosen, round))
            {
                var found = await RunAsync(testCase, contender, cancellationToken);
                var sample = new Sample(contender.Name, round, found.Values, found.ProxyCores, found.LoadCores, found.Failed, found.Throughput);
                progress($"{testCase.Name}, round {round + 1}, {contender.Name}: {Describe(testCase, sample)}");
                samples.Add(sample);
            }
        }

        return samples;
    }

    private async Task<Measurement> RunAsync(ICase testCase, IContender contender, CancellationToken cancellationToken)
    {
        List<OwnedProcess> nodes = [];
        try
        {
            nodes.AddRange(NodeNames.Take(testCase.Nodes).Select(StartNode));
            var addresses = await Task.WhenAll(nodes.Select(async node => new Uri(await node.WaitForAsync(LeanNode.Listening, cancellationToken))));
            await using var proxy = await contender.StartAsync(addresses, testCase.PinsProxy ? settings.ProxyCore : settings.AllCores, cancellationToken);
            var warmUp = contender.IsCompiledWhileRunning || settings.NativeWarmUp > settings.WarmUp ? settings.WarmUp : settings.NativeWarmUp;
            try
            {
                return await testCase.RunAsync(new CaseRun(settings, proxy, nodes, warmUp), cancellationToken);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                var said = string.Join(Environment.NewLine, proxy.Process?.Lines.TakeLast(5) ?? []);
                throw new InvalidOperationException($"{testCase.Name} with {contender.Name}: {error.Message} {said}", error);
            }
        }
        finally
        {
            foreach (var node in nodes)
            {
                await node.DisposeAsync();
            }
        }
    }

    private static OwnedProcess StartNode(string name) =>
        OwnedProcess.Start("node " + name, [.. Programs.Self, LeanNode.Command, name], cores: null, [new(OwnedProcess.InlineCompletions, "1")]);

    private static string Describe(ICase testCase, Sample sample)
    {
        var values = testCase.Figures.Zip(sample.Values, (figure, value) => $"{value:0.###} {figure.Unit}");
        return $"{string.Join(", ", values)}; proxy {sample.ProxyCores:0.00} cores, generator and nodes {sample.LoadCores:0.00}"
            + (sample.Throughput > 0 ? $"; {sample.Throughput:0} units/s" : "") + (sample.Failed > 0 ? $"; {sample.Failed} failed" : "");
    }
}
