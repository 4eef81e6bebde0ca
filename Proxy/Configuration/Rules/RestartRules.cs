namespace Proxy.Configuration;

/// <summary>What a reload cannot change: it stays as it was at start, and is said.</summary>
internal sealed class RestartRules
{
    private readonly GatewayOptions _started;
    private readonly KestrelOptions _kestrel;
    private readonly IReadOnlyDictionary<string, string> _listeners;

    /// <param name="reading">Without errors.</param>
    /// <param name="configuration">What it was read from.</param>
    public RestartRules(GatewayReading reading, IConfiguration configuration)
    {
        (_started, _kestrel, _listeners) = (reading.Options!, reading.Kestrel, ListenerRules.Read(configuration));
    }

    /// <summary>Puts the values of start-up back.</summary>
    /// <returns>A sentence for each that changed.</returns>
    public IReadOnlyList<string> Apply(GatewayReading reading, IConfiguration configuration)
    {
        var notes = new List<string>();
        Restore(_started, reading.Options!, GatewayOptions.SectionName, notes);
        Restore(_kestrel, reading.Kestrel, KestrelReader.SectionName, notes);
        NoteTls(reading.Kestrel, notes);
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
            if (property.IsMap)
            {
                continue; // which of these a listener takes in while it runs is said above
            }

            if (property.IsSection)
            {
                Restore(before!, after!, $"{path}:{property.Name}", notes);
            }
            else if (property.NeedsRestart && !AreEqual(before, after))
            {
                property.Set(options, before);
                notes.Add(Note($"{path}:{property.Name}", before is null ? null : Text(before), after is null ? null : Text(after)));
            }
        }
    }

    // A listener that began with a certificate of the configuration takes in every change of it. What Kestrel set up by itself stays as it was.
    private void NoteTls(KestrelOptions kestrel, List<string> notes)
    {
        foreach (var (name, started) in _kestrel.Endpoints)
        {
            if (!_kestrel.HasCertificate(started) && kestrel.Endpoints.TryGetValue(name, out var now) && kestrel.HasCertificate(now))
            {
                notes.Add($"{KestrelReader.SectionName}:{nameof(kestrel.Endpoints)}:{name} had no certificate at the start and has one now, "
                    + "which needs a restart; the listener stays as it is until then.");
            }
        }

        if (_kestrel.Endpoints.Count == 0 && _kestrel.Certificates.Default.IsGiven() != kestrel.Certificates.Default.IsGiven())
        {
            notes.Add($"{KestrelReader.SectionName}:{nameof(kestrel.Certificates)}:{nameof(kestrel.Certificates.Default)} was added or taken away, "
                + "which needs a restart; the listeners stay as they are until then.");
        }
    }

    private static bool AreEqual(object? before, object? after) => before is IEnumerable<string> left && after is IEnumerable<string> right
        ? left.SequenceEqual(right, StringComparer.OrdinalIgnoreCase)
        : Equals(before, after);

    private static string Text(object value) => value is IEnumerable<string> list ? string.Join(", ", list) : OptionValue.Text(value);

    private static string Note(string key, string? before, string? after) =>
        $"{key} changed from {Quoted.Address(before)} to {Quoted.Address(after)}, which needs a restart; {Quoted.Address(before)} stays in use until then.";
}
