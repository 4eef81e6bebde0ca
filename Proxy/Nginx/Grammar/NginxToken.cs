namespace Proxy.Nginx.Grammar;

/// <summary>A word or a punctuation mark of a configuration.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The word without its quotes, or the mark.</param>
internal readonly record struct NginxToken(NginxTokenKind Kind, string Text);
