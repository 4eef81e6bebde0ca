namespace Proxy.Configuration;

/// <summary>The value must not appear in messages.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SecretAttribute : Attribute;
