using Microsoft.Extensions.Primitives;

namespace Proxy.Configuration;

/// <summary>The configuration in use. A change replaces it as a whole or, with any error in it, not at all.</summary>
/// <remarks>
/// One save raises several events, so a change is read once things were quiet for <see cref="Quiet"/>. Steps of a reading: 1. copy all sources;
/// 2. files that broke or went away refuse the reading; 3. read and check the copy; 4. put back what needs a restart; 5. swap,
/// then notify YARP and the listeners.
/// </remarks>
internal sealed partial class LiveConfiguration : IDisposable
{
    /// <summary>How long no event may come before a change is read.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new(); // One reading at a time.
    private readonly IConfiguration _configuration;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IRouterNames _routers;
    private readonly bool _needsNodes;
    private readonly AcceptedConfiguration _accepted;
    private readonly RestartRules _restart;
    private readonly ITimer _timer;
    private readonly IDisposable _subscription;
    private readonly List<Action<ConfigurationSnapshot>> _listeners = [];
    private volatile ConfigurationSnapshot _current;
    private volatile ConfigurationRejection? _lastError;
    private ConfigurationCopy _acceptedCopy;
    private ConfigurationCopy? _rejectedCopy;
    private long _rejected;

    /// <summary>Reads the configuration and watches it.</summary>
    /// <param name="configuration">The application's configuration.</param>
    /// <param name="routers">The values that <c>Gateway:Router</c> may have.</param>
    /// <param name="time">Clock of the debounce.</param>
    /// <param name="logger">Gets warnings and refused changes.</param>
    /// <param name="needsNodes">Whether there must be nodes here; an application that hosts YARP itself may have them in its own configuration.</param>
    /// <param name="accepted">Where YARP reads its section from; given when YARP was set up before this object.</param>
    /// <exception cref="GatewayConfigurationException">The configuration cannot be used.</exception>
    public LiveConfiguration(
        IConfiguration configuration, IRouterNames routers, TimeProvider time, ILogger<LiveConfiguration> logger, bool needsNodes = true,
        AcceptedConfiguration? accepted = null)
    {
        (_configuration, _time, _logger, _routers, _needsNodes) = (configuration, time, logger, routers, needsNodes);
        _accepted = accepted ?? new AcceptedConfiguration();
        _acceptedCopy = ConfigurationCopy.Of(configuration);
        var reading = GatewayOptionsReader.Read(_acceptedCopy.Configuration, _routers, _needsNodes);
        if (reading.Options is null)
        {
            throw new GatewayConfigurationException(reading.Errors);
        }

        _restart = new RestartRules(reading, _acceptedCopy.Configuration);
        _current = new ConfigurationSnapshot(reading.Options, reading.Kestrel, time.GetUtcNow(), Version: 1, reading.Warnings);
        _accepted.Replace(_acceptedCopy.Section(ReverseProxyRules.SectionName));
        LogWarnings(before: [], reading.Warnings);

        _timer = time.CreateTimer(static live => ((LiveConfiguration)live!).ReloadLater(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _subscription = ChangeToken.OnChange(configuration.GetReloadToken, Schedule);
        Schedule(); // A change may have come between the reading and the subscription.
    }

    /// <summary>What applies now; a request reads it once.</summary>
    public ConfigurationSnapshot Current => _current;

    /// <summary>The last accepted <c>ReverseProxy</c> section, for YARP's <c>LoadFromConfig</c>; it changes only with an accepted reading.</summary>
    public IConfiguration Accepted => _accepted.Configuration;

    /// <summary>Changes refused since start.</summary>
    public long Rejected => Volatile.Read(ref _rejected);

    /// <summary>The change that is refused now; <see langword="null"/> once the sources are good again.</summary>
    public ConfigurationRejection? LastError => _lastError;

    /// <summary>Calls back after each accepted change, one change at a time, when <see cref="Current"/> is the new one already.</summary>
    /// <returns>Ends the calls.</returns>
    public IDisposable OnChange(Action<ConfigurationSnapshot> listener)
    {
        lock (_listeners)
        {
            _listeners.Add(listener);
        }

        return new Subscription(this, listener);
    }

    /// <summary>Reads the sources now instead of after the quiet time.</summary>
    public void Reload()
    {
        lock (_gate)
        {
            var copy = ConfigurationCopy.Of(_configuration);
            var broken = BrokenFiles();
            if (broken.Count == 0 && copy.IsSame(_acceptedCopy))
            {
                Restored();
                return;
            }

            var reading = GatewayOptionsReader.Read(copy.Configuration, _routers, _needsNodes);
            if (broken.Count > 0 || reading.Options is null)
            {
                Reject(copy, [.. broken, .. reading.Errors.Select(e => e.Message)]);
                return;
            }

            var notes = _restart.Apply(reading, copy.Configuration);
            var problems = new Problems(static path => $"{GatewayOptions.SectionName}:{path}");
            AdminRules.Check(reading.Options.Admin, problems); // The address of start-up may need the key that the change removes.
            if (problems.Errors.Count > 0)
            {
                Reject(copy, [.. notes, .. problems.Errors.Select(e => e.Message)]);
                return;
            }

            Accept(copy, reading.Options, reading.Kestrel, [.. reading.Warnings, .. notes]);
        }
    }

    public void Dispose()
    {
        _subscription.Dispose();
        _timer.Dispose();
        _accepted.Dispose();
    }

    private void ReloadLater()
    {
        try
        {
            Reload();
        }
        catch (Exception exception) // On a timer an exception would end the process.
        {
            Log.ReloadFailed(_logger, exception, _current.Version);
        }
    }

    private void Schedule() => _timer.Change(Quiet, Timeout.InfiniteTimeSpan);

    private List<string> BrokenFiles() => _configuration is IConfigurationRoot root
        ? [.. root.Providers.OfType<IWatchedFiles>().Select(p => p.Problem).OfType<string>()]
        : [];

    private void Accept(ConfigurationCopy copy, GatewayOptions options, KestrelOptions kestrel, IReadOnlyList<string> warnings)
    {
        var before = _current;
        (_acceptedCopy, _rejectedCopy, _lastError) = (copy, null, null);
        _current = new ConfigurationSnapshot(options, kestrel, _time.GetUtcNow(), before.Version + 1, warnings);
        Log.ConfigurationAccepted(_logger, _current.Version, options.Nodes.Count);
        LogWarnings(before.Warnings, warnings);

        Notify("YARP", () => _accepted.Replace(copy.Section(ReverseProxyRules.SectionName)));
        Action<ConfigurationSnapshot>[] listeners;
        lock (_listeners)
        {
            listeners = [.. _listeners];
        }

        foreach (var listener in listeners)
        {
            Notify(listener.Method.DeclaringType?.Name ?? listener.Method.Name, () => listener(_current));
        }
    }

    private void Reject(ConfigurationCopy copy, IReadOnlyList<string> messages)
    {
        if (_lastError is { } last && last.Messages.SequenceEqual(messages) && _rejectedCopy?.IsSame(copy) == true)
        {
            return; // This is another event of the same change.
        }

        Interlocked.Increment(ref _rejected);
        (_rejectedCopy, _lastError) = (copy, new ConfigurationRejection(_time.GetUtcNow(), messages));
        Log.ConfigurationRejected(_logger, _current.Version, messages.Count, string.Join(Environment.NewLine, messages));
    }

    private void Restored()
    {
        if (_lastError is not null)
        {
            (_rejectedCopy, _lastError) = (null, null);
            Log.ConfigurationRestored(_logger, _current.Version);
        }
    }

    private void Notify(string listener, Action change)
    {
        try
        {
            change();
        }
        catch (Exception exception) // A listener that fails must not keep the change from the others.
        {
            Log.ListenerFailed(_logger, exception, listener, _current.Version);
        }
    }

    private void LogWarnings(IReadOnlyList<string> before, IReadOnlyList<string> warnings)
    {
        foreach (var warning in warnings.Except(before))
        {
            Log.ConfigurationWarning(_logger, warning);
        }
    }

    private sealed class Subscription(LiveConfiguration live, Action<ConfigurationSnapshot> listener) : IDisposable
    {
        public void Dispose()
        {
            lock (live._listeners)
            {
                live._listeners.Remove(listener);
            }
        }
    }
}
