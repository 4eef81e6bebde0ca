namespace Proxy.Nginx.Reading;

/// <summary>The blocks in which a directive may stand.</summary>
[Flags]
internal enum DirectiveContexts
{
    None = 0,
    Main = 1,
    Events = 2,
    Http = 4,
    Server = 8,
    Location = 16,
    Upstream = 32,
}
