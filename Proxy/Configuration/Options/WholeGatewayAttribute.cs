namespace Proxy.Configuration;

/// <summary>Cannot be overridden in the metadata of one cluster, neither the value nor anything below it.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class WholeGatewayAttribute : Attribute;
