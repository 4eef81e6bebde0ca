namespace LoadTests.Comparison.Contenders;

/// <summary>nginx, one worker.</summary>
/// <param name="program">Its path.</param>
internal sealed class NginxContender(string program) : NativeContender(program)
{
    public const string PeerName = "nginx";

    public override string Name => PeerName;

    protected override IReadOnlyList<string> Command(string file, string folder) => [Program, "-p", folder, "-e", "stderr", "-c", file];

    // nginx 1.22 has no sticky cookie. ip_hash, which its documentation names for this, knows only one client here: all come from one network.
    // So a cookie is set by a map: a client without one is given a node by chance; each node is an upstream of its own, with the other as its backup,
    // so that a client of a dead node is served as a sticky cookie would serve it.
    protected override string Configuration(int port, IReadOnlyList<Uri> nodes, string folder) =>
        $$"""
        daemon off;
        worker_processes 1;
        worker_rlimit_nofile 65536;
        pid {{folder}}/nginx.pid;
        error_log stderr crit;
        events {
          worker_connections 30000;
        }
        http {
          access_log off;
          client_body_temp_path {{folder}};
          proxy_temp_path {{folder}};
          fastcgi_temp_path {{folder}};
          uwsgi_temp_path {{folder}};
          scgi_temp_path {{folder}};
          keepalive_timeout 1h;
          keepalive_requests 10000000;
          split_clients $request_id $some_node {
            50% a;
            * b;
          }
          map $cookie_srv_id $node {
            a a;
            b b;
            default $some_node;
          }
          map $cookie_srv_id $new_cookie {
            a "";
            b "";
            default "srv_id=$some_node; Path=/; HttpOnly";
          }
          map $http_upgrade $connection_upgrade {
            default upgrade;
            "" "";
          }
          upstream a {
            server {{nodes[0].Authority}};
            server {{nodes[1].Authority}} backup;
            keepalive 256;
            keepalive_requests 10000000;
          }
          upstream b {
            server {{nodes[1].Authority}};
            server {{nodes[0].Authority}} backup;
            keepalive 256;
            keepalive_requests 10000000;
          }
          server {
            listen 127.0.0.1:{{port}} backlog=4096;
            location / {
              proxy_pass http://$node;
              proxy_http_version 1.1;
              proxy_set_header Host $http_host;
              proxy_set_header Upgrade $http_upgrade;
              proxy_set_header Connection $connection_upgrade;
              proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
              proxy_set_header X-Forwarded-Proto $scheme;
              proxy_buffering off;
              proxy_read_timeout 1h;
              proxy_send_timeout 1h;
              proxy_next_upstream error timeout http_502 http_503 http_504 non_idempotent;
              add_header Set-Cookie $new_cookie;
            }
          }
        }
        """;
}
