using Proxy.Configuration;
using Proxy.Nginx.Grammar;

namespace Proxy.Nginx.Reading;

/// <summary>Everything for which a configuration is refused, worded as nginx does.</summary>
internal sealed class NginxProblems
{
    /// <summary>More would not be read, and a file that is none of nginx's may have thousands.</summary>
    private const int MaxShown = 50;

    private readonly List<string> _problems = [];
    private int _count;

    public void Add(string message, NginxPosition position)
    {
        if (++_count <= MaxShown)
        {
            _problems.Add(NginxBytes.ToText($"{message} in {position}"));
        }
    }

    public void Add(string message, NginxDirective directive) => Add(message, directive.Position);

    /// <exception cref="GatewayConfigurationException">There is a problem.</exception>
    public void ThrowIfAny()
    {
        if (_count > 0)
        {
            var shown = _count > MaxShown ? _problems.Append($"and {_count - MaxShown} more") : _problems;
            throw new GatewayConfigurationException([.. shown.Select(problem => new ConfigurationProblem("", problem))]);
        }
    }
}
