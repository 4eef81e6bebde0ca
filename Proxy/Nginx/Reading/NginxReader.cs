using Proxy.Nginx.Grammar;
using Proxy.Nginx.Model;

namespace Proxy.Nginx.Reading;

/// <summary>Makes a model of a configuration of nginx.</summary>
internal static class NginxReader
{
    /// <summary>Reads a configuration.</summary>
    /// <param name="path">The full name of the main file.</param>
    /// <param name="files">Where files are read from.</param>
    /// <exception cref="Configuration.GatewayConfigurationException">It cannot be used; all problems are listed.</exception>
    public static NginxModel Read(string path, NginxFiles files)
    {
        var context = new ReadingContext(Path.GetDirectoryName(path)!);
        IReadOnlyList<NginxDirective> directives;
        try
        {
            directives = NginxParser.Parse(path, files);
        }
        catch (NginxConfigurationException e)
        {
            throw new Configuration.GatewayConfigurationException(NginxBytes.ToText(e.Message), e);
        }

        NginxDirective? http = null;
        foreach (var directive in directives)
        {
            if (!context.Admit(directive, DirectiveContexts.Main))
            {
                continue;
            }

            if (directive.Name is "events")
            {
                foreach (var inner in directive.Block!)
                {
                    context.Admit(inner, DirectiveContexts.Events);
                }
            }
            else if (http is not null)
            {
                context.Error("\"http\" directive is duplicate", directive);
            }
            else
            {
                http = directive;
            }
        }

        if (http is null)
        {
            context.Problems.Add("no \"http\" section", new NginxPosition(path, 1));
        }
        else
        {
            HttpReader.Read(http, context);
        }

        context.Problems.ThrowIfAny();
        return context.Model;
    }
}
