namespace Proxy.Listeners.Certificates;

internal sealed partial class CertificateStore
{
    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Key}: the certificate of {Subject} ({Thumbprint}), valid until {NotAfter:u}, is shown to new connections.",
            EventName = "CertificateRenewed")]
        public static partial void Renewed(ILogger logger, string key, string subject, string thumbprint, DateTime notAfter);

        [LoggerMessage(2, LogLevel.Error, "{Key} cannot be used: {Problem}; {Instead}.", EventName = "CertificateUnusable")]
        public static partial void Unusable(ILogger logger, string key, string? problem, string instead);

        [LoggerMessage(3, LogLevel.Error, "{Key} could not be looked at; what was in use stays in use.", EventName = "CertificateLookFailed")]
        public static partial void LookFailed(ILogger logger, Exception exception, string key);
    }
}
