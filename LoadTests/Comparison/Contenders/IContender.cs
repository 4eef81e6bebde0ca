namespace LoadTests.Comparison.Contenders;

/// <summary>A proxy that can be put in front of two hub nodes.</summary>
internal interface IContender
{
    /// <summary>On the command line and in the table.</summary>
    string Name { get; }

    /// <summary>Whether it needs a long warm-up, as what is compiled while it runs does.</summary>
    bool IsCompiledWhileRunning { get; }

    /// <summary>What the page says of its version; null when it has none.</summary>
    string? Version { get; }

    /// <summary>Starts it, and returns when it accepts connections.</summary>
    /// <param name="nodes">Addresses of the hub nodes.</param>
    /// <param name="cores">The cores that it may use, as taskset takes them; null for any.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    Task<RunningContender> StartAsync(IReadOnlyList<Uri> nodes, string? cores, CancellationToken cancellationToken);
}
