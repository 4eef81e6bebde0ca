using Tests.Common;

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

    private readonly ProxyProcess _process;

    private NginxProxy(ProxyProcess process)
    {
        _process = process;
    }

    public Uri Url => _process.Url;

    /// <param name="target">The gateway.</param>
    /// <param name="directives">Inside of <c>location /</c>, beside <c>proxy_pass</c>.</param>
    public static async Task<NginxProxy> StartAsync(Uri target, string directives = "") => new(await StartAsync(url =>
        $$"""
        server {
          listen 127.0.0.1:{{url.Port}};
          location / {
            proxy_pass {{target.GetLeftPart(UriPartial.Authority)}};
            {{directives}}
          }
        }
        """));

    /// <summary>Starts nginx with what stands in its <c>http</c> block.</summary>
    /// <param name="http">The servers, for the address to listen on.</param>
    public static Task<ProxyProcess> StartAsync(Func<Uri, string> http) => ProxyProcess.StartAsync(
        "nginx", Requirement.Nginx(),
        (url, folder) =>
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
              {{http(url)}}
            }
            """,
        static (folder, file) => ["-p", folder, "-e", "stderr", "-c", file]);

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
