namespace Proxy.Nginx.Grammar;

internal enum NginxTokenKind
{
    Word,
    Semicolon,
    OpenBrace,
    CloseBrace,
    End,
}
