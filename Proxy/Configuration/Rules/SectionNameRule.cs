namespace Proxy.Configuration;

/// <summary>A misspelt section name would make everything in it disappear; of other sections nothing is known.</summary>
internal static class SectionNameRule
{
    public static void Check(IConfiguration configuration, Problems problems)
    {
        if (!string.IsNullOrEmpty(configuration[GatewayOptions.SectionName]))
        {
            problems.Warn("", "has a value of its own, which is ignored; its keys are below it");
        }

        foreach (var section in configuration.GetChildren())
        {
            foreach (var meant in new[] { GatewayOptions.SectionName, ReverseProxyRules.SectionName })
            {
                if (NearestName.Distance(section.Key, meant) is 1 or 2 && section.GetChildren().Any())
                {
                    problems.Called(static name => name).Warn(section.Key, $"is not read; the section is called {meant}");
                }
            }
        }
    }
}
