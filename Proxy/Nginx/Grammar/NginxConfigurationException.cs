namespace Proxy.Nginx.Grammar;

/// <summary>A configuration of nginx cannot be read. The message is worded as nginx words it, and ends with the place.</summary>
internal sealed class NginxConfigurationException(string message, NginxPosition position)
    : Exception(position.Line == 0 ? message : $"{message} in {position}");
