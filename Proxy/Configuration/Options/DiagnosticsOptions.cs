namespace Proxy.Configuration;

/// <summary><c>Gateway:Diagnostics</c>.</summary>
public sealed class DiagnosticsOptions
{
    /// <summary>Adds <c>X-Affinity-Node</c> and <c>X-Affinity-Outcome</c> to every answer.</summary>
    public bool ResponseHeaders { get; set; }

    /// <summary>Decisions that the trace remembers. 0 to 1,000,000.</summary>
    [Limits(0, 1_000_000, Consequence = "more do not fit into memory")]
    public int TraceSize { get; set; } = 4096;
}
