namespace Proxy.Configuration;

/// <summary>One reason why a configuration is refused.</summary>
/// <param name="Key">Full key, such as <c>Gateway:Nodes:a:Weight</c>; empty when the whole file is meant.</param>
/// <param name="Message">A sentence that names key, value, rule and consequence; never a secret.</param>
public sealed record ConfigurationProblem(string Key, string Message)
{
    /// <summary>The message.</summary>
    public override string ToString() => Message;
}
