namespace Proxy.Configuration;

/// <summary><c>Gateway:Scale:Rebalance</c>: moves live connections to less loaded nodes.</summary>
public sealed class RebalanceOptions
{
    /// <summary>Connections moved per second; 0 = never.</summary>
    /// <value>0 to 100000. Default: 0.</value>
    [Limits(0, 100_000, Consequence = "moved clients all connect anew")]
    public int Rate { get; set; }

    /// <summary>Moving stops when the fullest node holds less than this fraction more than the emptiest, weights counted.</summary>
    /// <value>0.01 to 1. Default: 0.1.</value>
    [Limits(0.01, 1, Consequence = "a smaller one never stops moving, a larger one never starts")]
    public double Spread { get; set; } = 0.1;
}
