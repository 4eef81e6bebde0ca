using System.Net;
using System.Net.Sockets;
using Tests.Common;
using Xunit;

namespace EndToEndTests.Check;

/// <summary>A real nginx in front of a gateway, with a configuration of its own.</summary>
internal sealed class NginxProxy : IAsyncDisposable
{
    /// <summary>What docs/operations.md recommends.</summary>
    public const string Recommended =
        """
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
        proxy_buffering off;
        proxy_read_timeout 5m;
        proxy_send_timeout 5m;
        """;

    private const int MostAttempts = 10;

    private readonly DirectoryInfo _folder;
    private readonly ChildProcess _process;

    private NginxProxy(Uri url, DirectoryInfo folder, ChildProcess process)
    {
        Url = url;
        _folder = folder;
        _process = process;
    }

    public Uri Url { get; }

    /// <param name="target">The gateway.</param>
    /// <param name="directives">Inside of <c>location /</c>, beside <c>proxy_pass</c>.</param>
    public static async Task<NginxProxy> StartAsync(Uri target, string directives = "")
    {
        var program = Requirement.Nginx();
        for (var attempt = 1; ; attempt++)
        {
            // nginx does not tell which port the system chose: it gets one that was free a moment ago, and another when somebody was quicker.
            var url = new Uri($"http://127.0.0.1:{FreePort()}");
            var folder = Directory.CreateTempSubdirectory("nginx-");
            var file = Path.Combine(folder.FullName, "nginx.conf");
            await File.WriteAllTextAsync(file, Configuration(url, target, directives, folder.FullName), TestContext.Current.CancellationToken);
            var process = ChildProcess.Start("nginx", program, ["-p", folder.FullName, "-e", "stderr", "-c", file]);
            await Eventually.HoldsAsync(async () => process.HasExited || await AcceptsAsync(url), expectation: "nginx listens");
            if (!process.HasExited)
            {
                return new NginxProxy(url, folder, process);
            }

            await process.DisposeAsync();
            folder.Delete(recursive: true);
            Assert.True(attempt < MostAttempts, "nginx does not start; its output says why.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Terminate();
        await _process.WaitForExitAsync();
        await _process.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static string Configuration(Uri url, Uri target, string directives, string folder) =>
        $$"""
        daemon off;
        master_process off;
        pid {{folder}}/nginx.pid;
        error_log stderr;
        events { }
        http {
          access_log off;
          client_body_temp_path {{folder}};
          proxy_temp_path {{folder}};
          fastcgi_temp_path {{folder}};
          uwsgi_temp_path {{folder}};
          scgi_temp_path {{folder}};
          server {
            listen 127.0.0.1:{{url.Port}};
            location / {
              proxy_pass {{target.GetLeftPart(UriPartial.Authority)}};
              {{directives}}
            }
          }
        }
        """;

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static async Task<bool> AcceptsAsync(Uri url)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, url.Port, TestContext.Current.CancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
