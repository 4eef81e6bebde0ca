namespace Proxy.Configuration;

/// <summary><c>Gateway:Diagnostics</c>: what the gateway shows of its decisions.</summary>
public sealed class DiagnosticsOptions
{
    /// <summary>Adds <c>X-Affinity-Node</c> and <c>X-Affinity-Outcome</c> to every answer.</summary>
    /// <value>Default: false.</value>
    public bool ResponseHeaders { get; set; }

    /// <summary>Decisions that the trace remembers.</summary>
    /// <value>0 to 1000000. Default: 4096.</value>
    [Limits(0, 1_000_000, Consequence = "more do not fit into memory")]
    public int TraceSize { get; set; } = 4096;
}
