using System.Text.Json;
using Microsoft.Extensions.Configuration.Json;

namespace Proxy.Configuration;

/// <summary>A JSON file of the configuration as it was at one moment.</summary>
internal sealed class JsonFile
{
    private readonly byte[]? _content;
    private readonly string? _readError;

    private JsonFile(string path, byte[]? content, string? readError)
    {
        (Path, _content, _readError) = (path, content, readError);
    }

    public string Path { get; }

    public bool Exists => _content is not null || _readError is not null;

    public static JsonFile Read(string path)
    {
        try
        {
            return new JsonFile(path, File.ReadAllBytes(path), readError: null);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return new JsonFile(path, content: null, readError: null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new JsonFile(path, content: null, exception.Message);
        }
    }

    /// <summary>By content, because neither times nor names show every replacement: a mounted directory changes by swapping a link.</summary>
    public bool IsSame(JsonFile other) => _readError == other._readError && Exists == other.Exists && _content.AsSpan().SequenceEqual(other._content);

    /// <summary>The keys and values, or what is wrong with the file.</summary>
    public (IDictionary<string, string?>? Data, string? Problem) Parse()
    {
        if (_content is null)
        {
            return (null, _readError is null ? $"{Path} does not exist." : $"{Path} cannot be read: {_readError}");
        }

        try
        {
            using var stream = new MemoryStream(_content);
            return (new Parser().Parse(stream), null);
        }
        catch (JsonException exception)
        {
            return (null, $"{Path}, line {exception.LineNumber + 1}, position {exception.BytePositionInLine + 1}: {Describe(exception)}");
        }
        catch (FormatException exception)
        {
            return (null, $"{Path}: {exception.Message}"); // The file has a key twice, or is no object.
        }
    }

    private string Describe(JsonException exception)
    {
        if (_content.AsSpan().Trim(" \t\r\n"u8).IsEmpty)
        {
            return "the file is empty.";
        }

        // The reader quotes what it could not read, which may be a secret without its quotation marks.
        return exception.Message.Contains("invalid JSON literal", StringComparison.Ordinal)
            ? "this is no JSON value; a text stands in quotation marks."
            : exception.Message.Split(" LineNumber:")[0].Split(" Path:")[0];
    }

    // The public door to the parser of .NET's own JSON files.
    private sealed class Parser() : JsonStreamConfigurationProvider(new JsonStreamConfigurationSource())
    {
        public IDictionary<string, string?> Parse(Stream stream)
        {
            Load(stream);
            return Data;
        }
    }
}
