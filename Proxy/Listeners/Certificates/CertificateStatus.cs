namespace Proxy.Listeners.Certificates;

/// <summary>A certificate as diagnostics show it.</summary>
/// <param name="Key">The configuration's key.</param>
/// <param name="Subject">Whose certificate is in use; <see langword="null"/> when there is none.</param>
/// <param name="NotAfter">Until when it is valid.</param>
/// <param name="Problem">Why its files are not what is in use.</param>
internal sealed record CertificateStatus(string Key, string? Subject, DateTimeOffset? NotAfter, string? Problem);
