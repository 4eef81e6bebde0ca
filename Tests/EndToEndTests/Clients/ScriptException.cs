namespace EndToEndTests.Clients;

/// <summary>A client library's promise was rejected; the message is the library's.</summary>
internal sealed class ScriptException(string message) : Exception(message);
