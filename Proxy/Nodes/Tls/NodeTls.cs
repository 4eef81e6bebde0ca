using Proxy.Configuration;

namespace Proxy.Nodes.Tls;

/// <summary>How TLS is spoken to the nodes that have the same settings, through changes of the files that the settings name.</summary>
internal sealed class NodeTls
{
    private readonly TlsSettings _settings;
    private TlsFiles _used;
    private TlsFiles _seen;
    private volatile TlsProfile _current;

    public NodeTls(TlsSettings settings)
    {
        _settings = settings;
        _used = _seen = TlsFiles.Read(settings);
        _current = Load(_used, out var problems) ?? TlsProfile.Unusable(settings, problems);
    }

    /// <summary>What new connections use. Another object after each accepted change, so that no connection of the former is used for a new request.</summary>
    public TlsProfile Current => _current;

    /// <summary>Looks at the files. A change counts once two looks in a row saw the same, so that half a file is not read.</summary>
    /// <param name="problems">What is wrong with changed files, which are not used then; empty when all is well.</param>
    /// <returns>Whether a change was found, good or bad.</returns>
    public bool Check(out IReadOnlyList<string> problems)
    {
        problems = [];
        var files = TlsFiles.Read(_settings);
        var isSettled = files == _seen;
        _seen = files;
        if (!isSettled || files == _used)
        {
            return false;
        }

        _used = files;
        if (Load(files, out problems) is { } changed)
        {
            _current = changed;
        }
        else if (_current.Problem is not null)
        {
            _current = TlsProfile.Unusable(_settings, problems);
        }

        return true;
    }

    private TlsProfile? Load(TlsFiles files, out IReadOnlyList<string> problems)
    {
        var found = new List<string>();
        var material = TlsMaterial.Load(_settings, files, (option, text) => found.Add($"{nameof(NodeOptions.Tls)}:{option} {text}"));
        problems = found;
        return material is null ? null : new TlsProfile(_settings, material);
    }
}
