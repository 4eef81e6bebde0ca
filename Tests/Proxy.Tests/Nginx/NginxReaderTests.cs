using Proxy.Configuration;
using Proxy.Nginx.Grammar;
using Proxy.Nginx.Model;
using Proxy.Nginx.Reading;
using Xunit;

namespace Proxy.Tests.Nginx;

public sealed class NginxReaderTests : IDisposable
{
    private const string Servers = "server { location / { proxy_pass http://127.0.0.1:5000; } }";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nginx-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("nonsense 1;", "unknown directive \"nonsense\" in FILE:3")]
    [InlineData("rewrite ^ /;", "\"rewrite\" directive is not supported in FILE:3")]
    [InlineData("proxy_pass http://a;", "\"proxy_pass\" directive is not allowed here in FILE:3")]
    [InlineData("server_tokens off", "directive \"server_tokens\" is not terminated by \";\" in FILE:4")]
    [InlineData("server_tokens\noff }", "unexpected \"}\" in FILE:4")]
    [InlineData("server {", "unexpected end of file, expecting \"}\" in FILE:5")]
    [InlineData("} }", "unexpected \"}\" in FILE:3")]
    [InlineData("map $http_x $y { a b; A c; }", "conflicting parameter \"A\" in FILE:3")]
    [InlineData("map $nope $y { a b; }", "unknown \"nope\" variable in FILE:3")]
    [InlineData("map $http_x $host { a b; }", "the duplicate \"host\" variable in FILE:3")]
    [InlineData("add_header X $y;", "unknown \"y\" variable in FILE:3")]
    [InlineData("add_header X ${host;", "the closing bracket in \"host\" variable is missing in FILE:3")]
    [InlineData("keepalive_timeout x;", "\"keepalive_timeout\" directive invalid value in FILE:3")]
    [InlineData("keepalive_timeout 5; keepalive_timeout 5;", "\"keepalive_timeout\" directive is duplicate in FILE:3")]
    [InlineData("upstream a { ip_hash; server b; server c backup; }", "balancing method does not support parameter \"backup\" in FILE:3")]
    [InlineData("upstream a { }", "no servers are inside upstream \"a\" in FILE:3")]
    [InlineData("server { location /a { return 204; } location /a { return 204; } }", "duplicate location \"/a\" in FILE:3")]
    [InlineData("server { location /a { return 204; location /b { return 204; } } }", "location \"/b\" is outside location \"/a\" in FILE:3")]
    [InlineData("server { location ~ \"[[:alpha:]]\" { return 204; } }", "\"[:\" is not supported in a regular expression in FILE:3")]
    [InlineData("server { location ~ \"(\" { return 204; } }", "the regular expression \"(\" cannot be used")]
    [InlineData("server { listen 443 ssl; location /a { return 204; } }", "no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive in FILE:3")]
    [InlineData("ssl_certificate none.pem;", "cannot load \"none.pem\": 2: No such file or directory in FILE:3")]
    [InlineData("include main.conf;", "includes itself in FILE:3")]
    [InlineData("include none.conf;", "none.conf\" failed (2: No such file or directory) in FILE:3")]
    [InlineData("add_header X \"a;", "unexpected end of file, expecting \";\" or \"}\" in FILE:5")]
    [InlineData("add_header X \"a\"b;", "unexpected \"b\" in FILE:3")]
    public void Read_WithAMistake_SaysItAsNginxDoes(string text, string message)
    {
        var error = Assert.Throws<GatewayConfigurationException>(() => Read($"events {{ }}\nhttp {{\n{text}\n{Servers} }}\n"));

        Assert.Contains(message.Replace("FILE", Main, StringComparison.Ordinal), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SeveralMistakes_NamesAll()
    {
        var error = Assert.Throws<GatewayConfigurationException>(() => Read($"http {{\na 1;\nb 2;\nc 3;\n{Servers} }}"));

        Assert.Equal(3, error.Problems.Count);
    }

    [Fact]
    public void Read_MadeOfThousandsOfMistakes_IsShort()
    {
        var error = Assert.Throws<GatewayConfigurationException>(() => Read(string.Concat(Enumerable.Repeat("nonsense 1;\n", 100_000))));

        Assert.InRange(error.Problems.Count, 2, 60);
    }

    [Fact]
    public void Include_WithWildcards_ReadsInOrderOfNames()
    {
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "sites"));
        foreach (var name in new[] { "b.conf", "a.conf", ".hidden.conf", "c.txt" })
        {
            File.WriteAllText(Path.Combine(_folder.FullName, "sites", name), $"server {{ server_name {name}; location / {{ proxy_pass http://n:1; }} }}\r\n");
        }

        var model = Read("events { }\r\nhttp { include sites/*.conf; include none/*.conf; }\r\n");

        Assert.Equal(["a.conf", "b.conf"], model.Listens.Single().Servers.Select(server => server.Name));
    }

    // After the example of ngx_http_core_module's documentation, and what stands around it.
    [Theory]
    [InlineData("/", "/ exact")]
    [InlineData("/index.html", "/")]
    [InlineData("/documents/document.html", "/documents/")]
    [InlineData("/images/1.gif", "/images/")]
    [InlineData("/documents/1.jpg", @"\.(gif|jpg|jpeg)$")]
    [InlineData("/Documents/1.JPG", @"\.(gif|jpg|jpeg)$")]
    [InlineData("/documents", "/documents/ slash")]
    [InlineData("/hubs/x", "/hub")]
    [InlineData("/HUB", "/")]
    public void Location_OfAPath_IsTheOneOfNginx(string path, string expected)
    {
        var root = Read(
            """
            http { server {
              location = / { proxy_pass http://n; }
              location / { proxy_pass http://n; }
              location /documents/ { proxy_pass http://n; }
              location /hub { proxy_pass http://n; }
              location ^~ /images/ { proxy_pass http://n; }
              location ~* \.(gif|jpg|jpeg)$ { proxy_pass http://n; }
            } }
            """).Listens[0].Servers[0].Root;

        var (location, needsSlash) = LocationFinder.Find(root, path);

        Assert.Equal(expected, location.Name + (location.Kind is LocationKind.Exact ? " exact" : "") + (needsSlash ? " slash" : ""));
    }

    [Theory]
    [InlineData("/a/../b//c/./d?x=/../y", "/b/c/d", "x=/../y")]
    [InlineData("/%61%2Fb%3f", "/a/b?", "")]
    [InlineData("/a/%2e%2e/b", "/b", "")]
    [InlineData("/a/..", "/", "")]
    [InlineData("/a/b/.", "/a/b/", "")]
    [InlineData("/.a/b..", "/.a/b..", "")]
    [InlineData("http://host/p?q", "/p", "q")]
    [InlineData("http://host", "/", "")]
    public void Target_IsDecodedAndResolved(string raw, string path, string query)
    {
        var target = NginxTarget.TryRead(raw);

        Assert.Equal((path, query), (target?.Path, target?.Query));
    }

    [Theory]
    [InlineData("/..")]
    [InlineData("/a/../../b")]
    [InlineData("/%")]
    [InlineData("/%4")]
    [InlineData("/%zz")]
    [InlineData("/%00")]
    [InlineData("*")]
    public void Target_ThatLeadsNowhere_IsRefused(string raw) => Assert.Null(NginxTarget.TryRead(raw));

    [Theory]
    [InlineData("", "none")]
    [InlineData("websocket", "upgrade")]
    [InlineData("WebSocket", "upgrade")]
    [InlineData("h2c", "re h2c")]
    [InlineData("other", "fallback")]
    [InlineData("default", "escaped")]
    public void Map_OfAValue_IsTheOneOfNginx(string upgrade, string expected)
    {
        var field = Read(
            """
            http {
              map $http_upgrade $m { default fallback; '' none; websocket upgrade; ~^h "re ${http_upgrade}"; \default escaped; }
              server { add_header X $m; location / { proxy_pass http://n; } }
            }
            """).Listens[0].Servers[0];
        var context = new DefaultHttpContext();
        context.Request.Headers.Upgrade = upgrade;

        var value = field.Root.AddedFields[0].Value.Evaluate(new NginxRequest(context, NginxTarget.TryRead("/")!, "host", field));

        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("60", 60)]
    [InlineData("1m", 60)]
    [InlineData("1h 30m", 5400)]
    [InlineData("500ms", 0.5)]
    public void Time_IsRead(string text, double seconds) => Assert.Equal(seconds, NginxUnits.TryReadTime(text)?.TotalSeconds);

    private string Main => Path.Combine(_folder.FullName, "main.conf");

    private NginxModel Read(string text)
    {
        File.WriteAllText(Main, text);
        return NginxReader.Read(Main, new NginxFiles(_folder.FullName));
    }
}
