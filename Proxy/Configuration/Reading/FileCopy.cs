namespace Proxy.Configuration;

/// <summary>The content of a file at one moment, or why it cannot be read. Two are equal when both are the same.</summary>
/// <remarks>By content, because neither times nor names show every replacement: a mounted directory changes by swapping a link.</remarks>
internal sealed class FileCopy : IEquatable<FileCopy>
{
    /// <summary>No file of certificates is as large; a path that leads to an endless one must not fill the memory.</summary>
    private const int MaxBytes = 4 * 1024 * 1024;

    private FileCopy(string path, byte[] content, string? problem)
    {
        (Path, Content, Problem) = (path, content, problem);
    }

    public string Path { get; }

    public byte[] Content { get; }

    /// <summary>Why there is no content, as the end of the sentence "… is a file that …".</summary>
    public string? Problem { get; }

    /// <summary>Reads a file; <see langword="null"/> when there is no path.</summary>
    public static FileCopy? Of(string? path)
    {
        if (path is null)
        {
            return null;
        }

        try
        {
            using var file = File.OpenRead(path);
            var content = new byte[Math.Min(file.Length, MaxBytes)];
            var length = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            return file.Length > MaxBytes ? new FileCopy(path, [], "is too large to be one of certificates") : new FileCopy(path, content[..length], null);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new FileCopy(path, [], "does not exist");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return new FileCopy(path, [], $"cannot be read ({e.Message.TrimEnd('.')})");
        }
    }

    public bool Equals(FileCopy? other) => other is not null && Path == other.Path && Problem == other.Problem && Content.AsSpan().SequenceEqual(other.Content);

    public override bool Equals(object? obj) => Equals(obj as FileCopy);

    public override int GetHashCode() => HashCode.Combine(Path, Content.Length);
}
