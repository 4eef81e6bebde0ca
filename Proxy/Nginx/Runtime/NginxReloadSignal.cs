using System.Runtime.InteropServices;
using Proxy.Nginx.Settings;

namespace Proxy.Nginx.Runtime;

/// <summary>Reads the configuration of nginx at SIGHUP, as <c>nginx -s reload</c> has it done. A change is seen without it, too, a second later.</summary>
internal sealed class NginxReloadSignal(NginxConfigurationProvider provider) : IHostedService, IDisposable
{
    private PosixSignalRegistration? _registration;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true; // .NET would end the process
            provider.Reload();
        });
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _registration?.Dispose();
}
