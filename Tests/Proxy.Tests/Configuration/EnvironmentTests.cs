using Xunit;

namespace Proxy.Tests.Configuration;

/// <summary>Tests that set environment variables, which all tests of the process would see: they run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public static class EnvironmentTests
{
    public const string Name = "Environment";
}
