using Proxy.Tests.Configuration;
using Tests.Common;
using Xunit;

namespace Proxy.Tests.Admin;

/// <summary>Texts of this folder that hold what is public: names that operators' rules and scripts rely on.</summary>
internal static class Snapshot
{
    /// <summary>Compares; with UPDATE_SNAPSHOTS=1 in the environment the text is written anew, to be looked at in the change.</summary>
    public static void Check(string name, string actual)
    {
        var path = $"Tests/Proxy.Tests/Admin/{name}";
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") is "1")
        {
            File.WriteAllText(Path.Combine(SolutionLayout.Root, path), actual);
        }

        Assert.Equal(RepositoryFile.Read(path), actual);
    }
}
