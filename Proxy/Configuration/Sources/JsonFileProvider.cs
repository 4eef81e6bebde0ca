namespace Proxy.Configuration;

/// <summary>Reads a JSON file and looks twice a second whether its content is another.</summary>
/// <remarks>
/// .NET's provider empties itself when the file breaks or goes away, and its watcher misses what a rename or a swapped link brings in.
/// This one keeps the last good content and says what is wrong. A change counts once two looks in a row saw the same, so that half a file is not read.
/// </remarks>
internal sealed class JsonFileProvider : ConfigurationProvider, IWatchedFiles, IDisposable
{
    /// <summary>Time between two looks; reading a small file costs some microseconds.</summary>
    public static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly bool _optional;
    private readonly TimeProvider _time;
    private JsonFile? _applied;
    private JsonFile? _seen;
    private ITimer? _timer;

    public JsonFileProvider(string path, bool optional, TimeProvider time)
    {
        (_path, _optional, _time) = (path, optional, time);
    }

    /// <summary>Why the content in use is not what the file holds; <see langword="null"/> when it is.</summary>
    public string? Problem { get; private set; }

    /// <exception cref="GatewayConfigurationException">The file is missing or broken, and there is no content from before.</exception>
    public override void Load()
    {
        lock (_gate)
        {
            var file = JsonFile.Read(_path);
            if (_applied is null)
            {
                LoadFirst(file);
                _timer = _time.CreateTimer(static provider => ((JsonFileProvider)provider!).Check(), this, CheckInterval, Timeout.InfiniteTimeSpan);
            }
            else
            {
                Apply(file);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _timer?.Dispose();
        }
    }

    private void LoadFirst(JsonFile file)
    {
        if (file.Exists || !_optional)
        {
            var (data, problem) = file.Parse();
            Data = data ?? throw new GatewayConfigurationException(problem!);
        }

        (_applied, _seen) = (file, file);
    }

    private void Check()
    {
        var changed = false;
        lock (_gate)
        {
            var file = JsonFile.Read(_path);
            if (file.IsSame(_seen!) && !file.IsSame(_applied!))
            {
                Apply(file);
                changed = true;
            }

            _seen = file;
            _timer!.Change(CheckInterval, Timeout.InfiniteTimeSpan);
        }

        if (changed)
        {
            OnReload();
        }
    }

    private void Apply(JsonFile file)
    {
        var (data, problem) = file.Parse();
        Data = data ?? Data;
        Problem = problem is null ? null : $"{problem} Its last good content stays in use.";
        _applied = file;
    }
}
