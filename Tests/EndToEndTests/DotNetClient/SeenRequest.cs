namespace EndToEndTests.DotNetClient;

/// <summary>A request as the server got it; <paramref name="Query"/> byte for byte.</summary>
internal sealed record SeenRequest(string Method, string Path, string Query, string Cookie, string Authorization, string TestHeader);
