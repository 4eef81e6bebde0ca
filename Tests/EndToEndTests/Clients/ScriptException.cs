namespace EndToEndTests.Clients;

/// <summary>A client library's promise was rejected; the message says whose, and what the library said.</summary>
internal sealed class ScriptException(string message) : Exception(message);
