namespace Proxy.Configuration;

/// <summary>The names of this enum are written <c>wait-then-close</c> rather than <c>WaitThenClose</c> in messages and documentation; both are read.</summary>
[AttributeUsage(AttributeTargets.Enum)]
internal sealed class LowerCaseNamesAttribute : Attribute;
