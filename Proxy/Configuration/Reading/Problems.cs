namespace Proxy.Configuration;

/// <summary>Collects what is wrong. Rules speak of paths below <c>Gateway</c>; how a path is called for the operator depends on where it was written.</summary>
internal sealed class Problems
{
    private readonly Func<string, string> _name;
    private readonly List<ConfigurationProblem> _errors;
    private readonly List<string> _warnings;

    public Problems(Func<string, string> name)
        : this(name, [], [])
    {
    }

    private Problems(Func<string, string> name, List<ConfigurationProblem> errors, List<string> warnings)
    {
        (_name, _errors, _warnings) = (name, errors, warnings);
    }

    public IReadOnlyList<ConfigurationProblem> Errors => _errors;

    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>The same collection for keys that are called otherwise.</summary>
    public Problems Called(Func<string, string> name) => new(name, _errors, _warnings);

    /// <summary>How the operator wrote this path.</summary>
    public string Name(string path) => _name(path);

    /// <param name="path">Path below <c>Gateway</c>.</param>
    /// <param name="text">The sentence after the key: "is 'x' but must be y; otherwise z".</param>
    public void Error(string path, string text)
    {
        var problem = new ConfigurationProblem(_name(path), $"{_name(path)} {text}.");
        if (!_errors.Contains(problem))
        {
            _errors.Add(problem);
        }
    }

    /// <summary>Takes over what one collection has and the other has not.</summary>
    public void AddNew(Problems found, Problems known)
    {
        _errors.AddRange(found.Errors.Except(known.Errors).Except(_errors).ToList());
        _warnings.AddRange(found.Warnings.Except(known.Warnings).Except(_warnings).ToList());
    }

    /// <inheritdoc cref="Error"/>
    public void Warn(string path, string text)
    {
        var warning = $"{_name(path)} {text}.";
        if (!_warnings.Contains(warning))
        {
            _warnings.Add(warning);
        }
    }
}
