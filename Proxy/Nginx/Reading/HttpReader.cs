using Proxy.Nginx.Grammar;

namespace Proxy.Nginx.Reading;

/// <summary>Reads the section <c>http</c>.</summary>
internal static class HttpReader
{
    public static void Read(NginxDirective http, ReadingContext context)
    {
        var directives = http.Block!.Where(directive => context.Admit(directive, DirectiveContexts.Http)).ToList();

        // What is used may stand behind its use.
        MapReader.Read([.. directives.Where(static directive => directive.Name is "map")], context);
        foreach (var upstream in directives.Where(static directive => directive.Name is "upstream"))
        {
            UpstreamReader.Read(upstream, context);
        }

        var scope = new NginxScope(parent: null);
        foreach (var directive in directives)
        {
            ScopeReader.TryApply(directive, scope, context);
        }

        var servers = directives.Where(static directive => directive.Name is "server").ToList();
        foreach (var server in servers)
        {
            ServerReader.Read(server, scope, context);
        }

        if (servers.Count == 0)
        {
            context.Error("no \"server\" in the \"http\" section; nothing would be served", http);
        }
        else if (!context.Model.Upstreams.Values.Any(static upstream => upstream.Timeouts is not null))
        {
            context.Error("no \"proxy_pass\" in the \"http\" section is not supported; the gateway needs a node", http);
        }

        ListenReader.Finish(http, context);
    }
}
