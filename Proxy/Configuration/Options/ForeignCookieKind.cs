namespace Proxy.Configuration;

/// <summary>Which proxy has set a cookie that is honoured, and so how its value names a node.</summary>
[LowerCaseNames]
public enum ForeignCookieKind
{
    /// <summary>nginx's <c>sticky cookie</c> (1.29.6, NGINX Plus): MD5 of the address that nginx connects to. A server's <c>route=</c> is a literal.</summary>
    Nginx,

    /// <summary>HAProxy's <c>cookie … insert</c> and <c>rewrite</c>: the text behind <c>cookie</c> at the server, and perhaps dates.</summary>
    Haproxy,

    /// <summary>HAProxy's <c>cookie … prefix</c>: the same text in front of the application's own value.</summary>
    HaproxyPrefix,

    /// <summary>HAProxy's <c>cookie … dynamic</c>: a hash of <c>dynamic-cookie-key</c>, address and port.</summary>
    HaproxyDynamic,

    /// <summary>Traefik's <c>sticky.cookie</c>: a hash of the server's URL, or the URL itself, by Traefik's version.</summary>
    Traefik,

    /// <summary>YARP's policy <c>HashCookie</c>: a hash of the destination's name.</summary>
    YarpHash,

    /// <summary>IIS ARR and YARP's policy <c>ArrCookie</c>: a hash of the server's or destination's name.</summary>
    Arr,

    /// <summary>The node's <see cref="NodeOptions.ForeignKey"/> as it stands, such as nginx's <c>route=</c> or an instance id of Azure App Service.</summary>
    Literal,
}
