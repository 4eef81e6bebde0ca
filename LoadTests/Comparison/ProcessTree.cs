using System.Globalization;

namespace LoadTests.Comparison;

/// <summary>What a process and all that it started use, read from <c>/proc</c>.</summary>
/// <param name="root">Where <c>/proc</c> is.</param>
internal sealed class ProcessTree(string root = "/proc")
{
    // USER_HZ, which is part of Linux's interface on every platform that .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>The process and its living descendants.</summary>
    public IReadOnlyList<int> MembersOf(int pid)
    {
        var parents = Directory.EnumerateDirectories(root)
            .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0)
            .Select(id => (Id: id, Stat: ReadStat(id)))
            .Where(process => process.Stat is not null)
            .ToLookup(process => process.Stat!.Parent, process => process.Id);
        List<int> members = [pid];
        for (var i = 0; i < members.Count; i++)
        {
            members.AddRange(parents[members[i]]);
        }

        return members;
    }

    /// <summary>User and system time of the tree since its start, that of its ended children included.</summary>
    public TimeSpan CpuOf(int pid) =>
        TimeSpan.FromSeconds(MembersOf(pid).Sum(member => ReadStat(member) is { } stat ? stat.Ticks + stat.TicksOfChildren : 0) / TicksPerSecond);

    /// <summary>Proportional set size of the tree: what it alone uses, and its share of what it shares with others.</summary>
    public long PssOf(int pid) => MembersOf(pid).Sum(ReadPss);

    private long ReadPss(int pid)
    {
        const string Name = "Pss:";
        string? line;
        try
        {
            line = File.ReadLines(Path.Combine(root, $"{pid}", "smaps_rollup")).FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
        }
        catch (IOException)
        {
            return 0; // it has ended since it was listed
        }

        return line is null ? 0 : long.Parse(
            line.AsSpan(Name.Length, line.Length - Name.Length - " kB".Length), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture) * 1024;
    }

    private ProcessStat? ReadStat(int pid)
    {
        try
        {
            return ProcessStat.Parse(File.ReadAllText(Path.Combine(root, $"{pid}", "stat")));
        }
        catch (IOException)
        {
            return null; // it has ended since it was listed
        }
    }
}
