namespace Proxy.Configuration;

/// <summary>Reads the section <c>Kestrel</c> and the addresses beside it.</summary>
/// <remarks>Kestrel's own reading passes over limits, and over names and values that it does not know.</remarks>
internal static class KestrelReader
{
    /// <summary>The section's name, as in Kestrel's documentation.</summary>
    public const string SectionName = "Kestrel";

    /// <summary>Reads and checks it; what cannot be read is a problem and keeps its default.</summary>
    public static KestrelOptions Read(IConfiguration configuration, Problems problems)
    {
        var kestrel = problems.Called(static path => path.Length == 0 ? SectionName : $"{SectionName}:{path}");
        var options = new KestrelOptions();
        OptionsBinder.Bind(configuration.GetSection(SectionName).GetChildren(), "", options, kestrel, typeof(KestrelOptions));
        LimitRules.Check(configuration.GetSection($"{SectionName}:{nameof(options.Limits)}"), options.Limits, kestrel);
        EndpointRules.Check(options, kestrel);
        AddressRules.Check(configuration, options, problems.Called(static path => path));
        return options;
    }
}
