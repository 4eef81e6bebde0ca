using System.Text.RegularExpressions;
using EndToEndTests.Check;
using HubNode;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Tests.Common;
using Xunit;

namespace EndToEndTests.Nginx;

/// <summary>One configuration is given to nginx itself and to the gateway: both have to do the same.</summary>
public sealed partial class NginxConfTests : EndToEndTestBed
{
    // ASP.NET Core's hosting guide for SignalR, with the limit of time that long polling needs.
    private const string HostingGuide =
        """
        map $http_connection $connection_upgrade { "~*Upgrade" $http_connection; default keep-alive; }
        server {
          LISTEN
          server_name example.com *.example.com;
          location /hub {
            proxy_pass http://NODES;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_cache off;
            proxy_http_version 1.1;
            proxy_buffering off;
            proxy_read_timeout 100s;
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
          }
        }
        """;

    private const string Everything =
        """
        types { text/html html; text/css css; }
        default_type application/octet-stream;
        map $arg_kind $kind { default other; one ONE; "~^t" "t of $arg_kind"; }
        upstream backend { server NODE; }
        add_header X-Outer outer;
        proxy_set_header X-Inherited $host;
        server {
          LISTEN
          location / { proxy_pass http://backend; }
          location = /exact { proxy_pass http://backend; proxy_set_header X-Kind $kind; add_header X-Kind $kind always; }
          location /prefix { proxy_pass http://NODE; }
          location /uri/ { proxy_pass http://backend/other/; proxy_set_header Host $http_host; }
          location /double { proxy_pass http://backend/; }
          location ^~ /static/ { return 403; }
          location ~ \.css$ { return 200 "css $uri"; }
          location ~* ^/IMAGES/.*\.png$ { proxy_pass http://backend; proxy_set_header Host "images"; proxy_set_header X-Empty ""; }
          location /nested/ {
            add_header X-Nested 1;
            proxy_pass http://backend;
            location /nested/in { return 200 "in $request_uri $args $is_args$query_string"; }
            location ~ deep { return 404; }
          }
          location /secret { return 403; }
          location /text.html { return 200 "<p>$request_method $scheme $cookie_a $http_x_field</p>"; }
          location /none { return 204; }
          location /moved { return 301 https://$host$request_uri; }
          location /path { return 302 /elsewhere?a=b; }
          location /error { return 500 "broken"; }
          location /small { client_max_body_size 4; proxy_pass http://backend; }
          location /hide { proxy_pass http://backend; proxy_hide_header X-Node; }
        }
        server { LISTEN server_name second.example *.wild.example ~^re\d+\.example$; location / { return 200 "second $host $server_name"; } }
        server { LISTEN server_name .dot.example after.*; location / { return 200 "third $host"; } }
        server { LISTEN server_name gone.example; return 301 https://new.example$request_uri; }
        """;

    private static readonly string[] Targets =
    [
        "/", "/a/b?x=1", "/exact", "/exact?kind=one", "/exact?kind=ONE", "/exact?kind=two", "/exact/more", "/Exact", "/prefix", "/prefixes/x",
        "/uri/", "/uri/a%20b?c=d", "/uri", "/uri?q=1", "/uri/%41", "/uri/a%2Fb", "/uri/%3Fx", "/double", "/doublex", "/double/y", "/static/x.css",
        "/a/x.css", "/a/x.css?y", "/images/a.png", "/IMAGES/%61.png", "/nested/", "/nested", "/nested/x", "/nested/inside?a=b", "/nested/in/deep",
        "/nested/deep", "/secret", "/x/../secret", "/x/%2e%2e/secret", "/%73ecret", "//secret", "/./secret/a", "/secret/../b", "/b/./c//d",
        "/b/%2E%2E/c", "/text.html", "/none", "/moved", "/moved/x?y=z", "/path", "/error", "/hide", "/redirect", "/redirect-up", "/status/404",
        "/status/201", "/a%zz", "/..", "/../x",
    ];

    private static readonly string[] Hosts =
    [
        "second.example", "SECOND.example.", "x.wild.example", "wild.example", "re1.example", "rex.example",
        "dot.example", "a.b.dot.example", "after.org", "gone.example",
    ];

    [Fact]
    public async Task Requests_OfAllKinds_AreServedAsByNginx()
    {
        await using var node = new ScriptedNode("node", Answer);
        var configuration = Everything.Replace("NODE", node.Url.Authority, StringComparison.Ordinal);
        await using var nginx = await StartNginxAsync(configuration);
        var gateway = await StartGatewayAsync(configuration);
        var different = new List<string>();

        foreach (var request in Requests)
        {
            var expected = await AskAsync(nginx.Url, node, request);
            var actual = await AskAsync(gateway.Url, node, request);
            if (expected != actual)
            {
                different.Add($"{request}\n--- nginx\n{expected}\n--- gateway\n{actual}\n");
            }
        }

        Assert.True(different.Count == 0, string.Join('\n', different));
    }

    [Theory]
    [InlineData(HttpTransportType.WebSockets, "")]
    [InlineData(HttpTransportType.ServerSentEvents, "")]
    [InlineData(HttpTransportType.LongPolling, "")]
    [InlineData(HttpTransportType.WebSockets, "ip_hash;")]
    [InlineData(HttpTransportType.ServerSentEvents, "ip_hash;")]
    [InlineData(HttpTransportType.LongPolling, "ip_hash;")]
    [InlineData(HttpTransportType.WebSockets, "sticky cookie srv_id expires=max path=/ httponly;")]
    [InlineData(HttpTransportType.LongPolling, "sticky cookie srv_id expires=max path=/ httponly;")]
    public async Task SignalRClient_WithTheHostingGuidesConfiguration_Connects(HttpTransportType transport, string method)
    {
        var (a, b) = (await StartNodeAsync("a"), await StartNodeAsync("b"));
        var gateway = await StartGatewayAsync(
            $"upstream backend {{ server {a.Url.Authority}; server {b.Url.Authority}; {method} }}\n"
            + HostingGuide.Replace("NODES", "backend", StringComparison.Ordinal));

        var connection = await StartHubConnectionAsync(gateway.Url, transport);

        Assert.Equal(await connection.InvokeAsync<HubCaller>("WhoAmI", Cancel), await connection.InvokeAsync<HubCaller>("WhoAmI", Cancel));
        var cookies = AtGateway.Requests.Count(request => request.SetCookie.Contains("srv_id=", StringComparison.Ordinal));
        Assert.Equal(method.StartsWith("sticky", StringComparison.Ordinal), cookies > 0);
    }

    [Fact]
    public async Task WebSocket_InALocationWithoutUpgrade_IsNotOne()
    {
        var node = await StartNodeAsync("a");
        var gateway = await StartGatewayAsync($$"""server { LISTEN location / { proxy_pass http://{{node.Url.Authority}}; } }""");

        await Assert.ThrowsAnyAsync<Exception>(() => StartHubConnectionAsync(gateway.Url, HttpTransportType.WebSockets));
    }

    [Fact]
    public async Task File_ThatChanges_AppliesAndABrokenOneDoesNot()
    {
        var file = WriteFile(Text("first"));
        var gateway = await StartGatewayAsync(Array.Empty<TestNode>(), $"--nginx-conf={file}");
        using var client = new HttpClient { BaseAddress = gateway.Url };
        Assert.Equal("first", await client.GetStringAsync("/", Cancel));

        await File.WriteAllTextAsync(file, Whole(Text("second")), Cancel);
        await Eventually.HoldsAsync(async () => await client.GetStringAsync("/", Cancel) is "second");

        gateway.Log.Expect(static entry => entry.Event.Name is "ConfigurationRejected");
        await File.WriteAllTextAsync(file, Whole(Text("third") + " nonsense 1;"), Cancel);
        await Eventually.HoldsAsync(() => gateway.Log.Entries.Any(entry => entry.Message.Contains("unknown directive \"nonsense\"", StringComparison.Ordinal)));
        Assert.Equal("second", await client.GetStringAsync("/", Cancel));
    }

    private static IEnumerable<string> Requests =>
    [
        .. Targets.Select(static target => $"GET {target} HTTP/1.1\r\nHost: first.example:8080\r\nCookie: b=1; a=2\r\n"
            + "X-Field: f\r\nX_Under: u\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n"),
        .. Hosts.Select(static host => $"GET /h?i HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        "HEAD /text.html HTTP/1.1\r\nHost: first.example\r\n\r\n",
        "POST /small HTTP/1.1\r\nHost: first.example\r\nContent-Length: 4\r\n\r\nabcd",
        "POST /small HTTP/1.1\r\nHost: first.example\r\nContent-Length: 5\r\n\r\nabcde",
        "GET / HTTP/1.1\r\nHost: first.example\r\nConnection: Upgrade\r\n"
            + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: first.example\r\nTE: trailers\r\nKeep-Alive: 5\r\n\r\n",
        "GET http://second.example/abs HTTP/1.1\r\nHost: second.example\r\n\r\n",
    ];

    private static Task Answer(ScriptedExchange exchange)
    {
        var target = exchange.Request.Target;
        return target switch
        {
            "/redirect" => exchange.AnswerAsync(302, "", "Location: http://backend/to?x"),
            "/redirect-up" => exchange.AnswerAsync(302, "", "Location: http://elsewhere/to"),
            _ when target.StartsWith("/status/", StringComparison.Ordinal) => exchange.AnswerAsync(int.Parse(target[8..]), "status"),
            _ => exchange.AnswerAsync(200, "body", "X-Node: n", "Server: node", "X-Accel-Buffering: no"),
        };
    }

    // What the client gets and what the node sees, without what the two programs write each in their own way.
    private static async Task<string> AskAsync(Uri proxy, ScriptedNode node, string request)
    {
        var before = node.Requests.Count;
        await using var connection = await RawConnection.OpenAsync(proxy);
        await connection.SendAsync(request);
        var answer = await connection.ReadResponseAsync(request.Split(' ')[0]);
        var isPage = answer.Body.StartsWith("<html>", StringComparison.Ordinal);
        var fields = answer.Lines.Where(line => !IsOwn(line) && !(isPage && line.StartsWith("Content-Length", StringComparison.OrdinalIgnoreCase)))
            .Select(line => line.Replace($":{proxy.Port}", ":PORT", StringComparison.Ordinal)).Order(StringComparer.OrdinalIgnoreCase);
        var seen = node.Requests.Skip(before).Select(
            one => $"{one.Method} {one.Target}\n{string.Join('\n', one.Lines.Where(line => !IsOfConnection(line)).Order(StringComparer.OrdinalIgnoreCase))}");
        return $"{answer.Status}\n{string.Join('\n', fields)}\n{(isPage ? "page" : answer.Body)}\nnode: {string.Join("\n\n", seen)}";
    }

    private static bool IsOwn(string line) => OwnField().IsMatch(line);

    private static bool IsOfConnection(string line) => line.StartsWith("Connection:", StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex("^(Server|Date|Connection|Transfer-Encoding):", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OwnField();

    private Task<TestGateway> StartGatewayAsync(string http) => StartGatewayAsync(Array.Empty<TestNode>(), $"--nginx-conf={WriteFile(http)}");

    private string WriteFile(string http)
    {
        var path = Path.GetTempFileName();
        Own(new TemporaryFile(path));
        File.WriteAllText(path, Whole(http));
        return path;
    }

    private static string Text(string text) => $"server {{ LISTEN location / {{ return 200 {text}; }} location /x {{ proxy_pass http://127.0.0.1:9; }} }}";

    private static string Whole(string http) => $"events {{ }}\nhttp {{\n{http.Replace("LISTEN", "listen 127.0.0.1:80;", StringComparison.Ordinal)}\n}}\n";

    private static Task<ProxyProcess> StartNginxAsync(string http) =>
        NginxProxy.StartAsync(url => http.Replace("LISTEN", $"listen {url.Authority};", StringComparison.Ordinal));
}
