namespace Tests.Common;

/// <summary>Finds the repository and the programs built in it, from the folder that the tests run in.</summary>
public static class SolutionLayout
{
    private const string SolutionFile = "Proxy.sln";

    /// <summary>The folder of the solution file.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The built assembly of another project, of the same configuration as the tests.</summary>
    /// <param name="project">Folder of the project below <see cref="Root"/>; the project is called as its last part.</param>
    public static string ProgramOf(string project)
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)); // …/bin/{configuration}/{framework}
        var path = Path.Combine(Root, project, "bin", output.Parent!.Name, output.Name, Path.GetFileName(project) + ".dll");
        return File.Exists(path) ? path : throw new FileNotFoundException($"'{project}' is not built for {output.Parent.Name}.", path);
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, SolutionFile)))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No {SolutionFile} above '{AppContext.BaseDirectory}'.");
    }
}
