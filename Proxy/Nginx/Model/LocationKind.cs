namespace Proxy.Nginx.Model;

internal enum LocationKind
{
    /// <summary>The settings of a server.</summary>
    Server,

    /// <summary><c>= /path</c>.</summary>
    Exact,

    /// <summary><c>/path</c>.</summary>
    Prefix,

    /// <summary><c>^~ /path</c>: no expression is looked at.</summary>
    FinalPrefix,

    /// <summary><c>~</c> and <c>~*</c>.</summary>
    Expression,
}
