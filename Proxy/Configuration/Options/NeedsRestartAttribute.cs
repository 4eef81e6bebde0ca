namespace Proxy.Configuration;

/// <summary>A reload leaves this value as it was at start.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NeedsRestartAttribute : Attribute;
