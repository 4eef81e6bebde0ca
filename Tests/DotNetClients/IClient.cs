namespace DotNetClients;

/// <summary>A connection of the client library under test; disposing of it ends it.</summary>
internal interface IClient : IAsyncDisposable
{
    /// <summary>Connects.</summary>
    /// <returns>Versions of the assemblies that do the work.</returns>
    Task<IReadOnlyDictionary<string, string>> StartAsync();

    Task<object?> InvokeAsync(string method, object?[] values);

    /// <summary>All items that the hub sends, in order.</summary>
    Task<IReadOnlyList<int>> StreamAsync(string method, object?[] values);

    /// <summary>Streams the values to the hub and returns what it answers.</summary>
    Task<object?> UploadAsync(string method, object?[] values);
}
