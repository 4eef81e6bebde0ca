namespace Proxy.Listeners.Certificates;

/// <summary>What a look at the files of a certificate has shown.</summary>
internal enum CertificateChange
{
    /// <summary>Nothing new.</summary>
    None,

    /// <summary>What the files hold is in use, and was not before or was in doubt.</summary>
    Renewed,

    /// <summary>What the files hold cannot be used.</summary>
    Unusable,
}
