using Proxy.Configuration;
using Proxy.Nginx.Grammar;
using Proxy.Nginx.Model;
using Proxy.Nginx.Reading;

namespace Proxy.Nginx.Settings;

/// <summary>Reads the configuration of nginx and looks twice a second whether one of its files is another.</summary>
/// <remarks>As with the gateway's own files, the last good content stays, and a change counts once two looks in a row saw the same.</remarks>
/// <param name="path">The full name of the main file.</param>
/// <param name="hasListeners">Whether the file says where clients connect, or <c>--urls</c> does.</param>
/// <param name="time">Paces the looks.</param>
internal sealed class NginxConfigurationProvider(string path, bool hasListeners, TimeProvider time) : ConfigurationProvider, IWatchedFiles, IDisposable
{
    private readonly Lock _gate = new();
    private NginxFiles? _files;
    private string _applied = "";
    private string _seen = "";
    private ITimer? _timer;

    /// <summary>What was read last.</summary>
    public NginxModel Model { get; private set; } = new();

    /// <summary>Why the content in use is not what the files hold; <see langword="null"/> when it is.</summary>
    public string? Problem { get; private set; }

    /// <exception cref="GatewayConfigurationException">The files cannot be used, and there is no content from before.</exception>
    public override void Load()
    {
        lock (_gate)
        {
            if (_files is null)
            {
                Apply();
                _seen = _applied;
                _timer = time.CreateTimer(static provider => ((NginxConfigurationProvider)provider!).Check(), this, JsonFileProvider.CheckInterval,
                    Timeout.InfiniteTimeSpan);
            }
            else
            {
                TryApply();
            }
        }
    }

    /// <summary>Reads the files now.</summary>
    public void Reload()
    {
        lock (_gate)
        {
            TryApply();
        }

        OnReload();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _timer?.Dispose();
        }
    }

    private void Check()
    {
        var changed = false;
        lock (_gate)
        {
            var now = _files!.Fingerprint();
            if (now == _seen && now != _applied)
            {
                TryApply();
                changed = true;
            }

            _seen = now;
            _timer!.Change(JsonFileProvider.CheckInterval, Timeout.InfiniteTimeSpan);
        }

        if (changed)
        {
            OnReload();
        }
    }

    private void TryApply()
    {
        try
        {
            Apply();
            Problem = null;
        }
        catch (GatewayConfigurationException e)
        {
            Problem = $"{e.Message}\nThe last good content of {path} stays in use.";
        }
    }

    private void Apply()
    {
        var files = new NginxFiles(Path.GetDirectoryName(path)!);
        try
        {
            var model = NginxReader.Read(path, files);
            var settings = NginxSettings.Write(model, hasListeners);
            settings[NginxSettings.FingerprintKey] = files.Fingerprint();
            (Data, Model) = (settings, model);
        }
        finally
        {
            // What is broken is looked at again when one of the files that were read has changed.
            _files = files;
            _applied = files.Fingerprint();
        }
    }
}
