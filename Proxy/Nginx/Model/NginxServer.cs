namespace Proxy.Nginx.Model;

/// <summary>A <c>server</c>.</summary>
/// <param name="Names">Its names, without those that are expressions.</param>
/// <param name="Expressions">The names that are expressions.</param>
/// <param name="Name">The first name as written, or empty (<c>$server_name</c>).</param>
/// <param name="Root">What holds where no location does, with the locations below it.</param>
internal sealed record NginxServer(IReadOnlyList<string> Names, IReadOnlyList<NginxExpression> Expressions, string Name, NginxLocation Root);
