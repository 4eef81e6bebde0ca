namespace Proxy.Nginx.Model;

/// <summary>A variable of nginx: empty where it has no value.</summary>
internal delegate string NginxVariable(NginxRequest request);
