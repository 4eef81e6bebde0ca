namespace Proxy.Configuration;

/// <summary>The configuration cannot be used; the message lists every problem, so that one restart is enough.</summary>
public sealed class GatewayConfigurationException : Exception
{
    public GatewayConfigurationException()
    {
    }

    public GatewayConfigurationException(string message)
        : this([new ConfigurationProblem("", message)])
    {
    }

    public GatewayConfigurationException(string message, Exception innerException)
        : base(message, innerException)
    {
        Problems = [new ConfigurationProblem("", message)];
    }

    /// <summary>For all problems of one reading.</summary>
    public GatewayConfigurationException(IReadOnlyList<ConfigurationProblem> problems)
        : base(string.Join('\n', problems))
    {
        Problems = problems;
    }

    /// <summary>What is wrong, in the order of the configuration.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems { get; } = [];
}
