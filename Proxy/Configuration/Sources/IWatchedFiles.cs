namespace Proxy.Configuration;

/// <summary>A source of the configuration whose files are watched, and whose last good content stays.</summary>
internal interface IWatchedFiles
{
    /// <summary>Why the content in use is not what the files hold; <see langword="null"/> when it is.</summary>
    string? Problem { get; }
}
