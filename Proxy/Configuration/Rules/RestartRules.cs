namespace Proxy.Configuration;

/// <summary>What a reload cannot change: it stays as it was at start, and is said.</summary>
internal sealed class RestartRules
{
    private readonly GatewayOptions _started;
    private readonly IReadOnlyDictionary<string, string> _listeners;

    public RestartRules(GatewayOptions options, IConfiguration configuration)
    {
        (_started, _listeners) = (options, ListenerRules.Read(configuration));
    }

    /// <summary>Puts the values of start-up back.</summary>
    /// <returns>A sentence for each that changed.</returns>
    public IReadOnlyList<string> Apply(GatewayOptions options, IConfiguration configuration)
    {
        var notes = new List<string>();
        Restore(_started, options, GatewayOptions.SectionName, notes);
        var listeners = ListenerRules.Read(configuration);
        foreach (var key in _listeners.Keys.Union(listeners.Keys, StringComparer.OrdinalIgnoreCase)
            .Where(k => _listeners.GetValueOrDefault(k) != listeners.GetValueOrDefault(k)))
        {
            notes.Add(Note(key, _listeners.GetValueOrDefault(key), listeners.GetValueOrDefault(key)));
        }

        return notes;
    }

    private static void Restore(object started, object options, string path, List<string> notes)
    {
        foreach (var property in OptionProperty.Of(options.GetType()))
        {
            var (before, after) = (property.Get(started), property.Get(options));
            if (property.IsSection)
            {
                Restore(before!, after!, $"{path}:{property.Name}", notes);
            }
            else if (property.NeedsRestart && !Equals(before, after))
            {
                property.Set(options, before);
                notes.Add(Note($"{path}:{property.Name}", before is null ? null : OptionValue.Text(before), after is null ? null : OptionValue.Text(after)));
            }
        }
    }

    private static string Note(string key, string? before, string? after) =>
        $"{key} changed from {Quoted.Address(before)} to {Quoted.Address(after)}, which needs a restart; {Quoted.Address(before)} stays in use until then.";
}
