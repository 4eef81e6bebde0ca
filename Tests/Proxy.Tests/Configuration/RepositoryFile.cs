namespace Proxy.Tests.Configuration;

/// <summary>Files of the repository that tests keep true.</summary>
internal static class RepositoryFile
{
    public static string Read(string path)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Proxy.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return File.ReadAllText(Path.Combine(folder.FullName, path));
    }
}
