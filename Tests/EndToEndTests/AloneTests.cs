using Xunit;

namespace EndToEndTests;

/// <summary>Tests that take the whole machine: they run one by one, when all others have ended.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public static class AloneTests
{
    public const string Name = "Alone";
}
