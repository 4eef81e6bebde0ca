using System.Diagnostics;
using LoadTests.Comparison;
using Xunit;

namespace EndToEndTests.LoadGenerator.Comparison;

public sealed class ProcessTreeTests : IDisposable
{
    private readonly DirectoryInfo _proc = Directory.CreateTempSubdirectory("proc-");

    public void Dispose() => _proc.Delete(recursive: true);

    [Theory]
    [InlineData("7 (nginx) S 3 7 7 0 -1 4194560 10 20 30 40 11 22 3 4 20 0 1 0 100")]
    [InlineData("7 (a ) S 9 (b) R 3 7 7 0 -1 4194560 10 20 30 40 11 22 3 4 20 0 1 0 100")] // a name may hold anything
    public void Parse_AnyName_FindsTheFieldsAfterIt(string text) => Assert.Equal(new ProcessStat(3, 33, 7), ProcessStat.Parse(text));

    [Fact]
    public void MembersOf_ChildrenOfChildren_AreIn()
    {
        AddProcess(1, parent: 0);
        AddProcess(10, parent: 1);
        AddProcess(11, parent: 10);
        AddProcess(12, parent: 11);
        AddProcess(20, parent: 1);
        _proc.CreateSubdirectory("sys");

        Assert.Equal([10, 11, 12], new ProcessTree(_proc.FullName).MembersOf(10));
    }

    [Fact]
    public void CpuOf_MasterAndWorkers_IsTheirSumWithEndedChildren()
    {
        AddProcess(10, parent: 1, user: 100, system: 50, endedChildren: 25);
        AddProcess(11, parent: 10, user: 200, system: 25);
        AddProcess(20, parent: 1, user: 9999);

        Assert.Equal(TimeSpan.FromSeconds(4), new ProcessTree(_proc.FullName).CpuOf(10));
    }

    [Fact]
    public void PssOf_MasterAndWorkers_IsTheirSumInBytes()
    {
        AddProcess(10, parent: 1, pss: 1000);
        AddProcess(11, parent: 10, pss: 24);

        Assert.Equal(1024 * 1024, new ProcessTree(_proc.FullName).PssOf(10));
    }

    [Fact]
    public void Reading_ThisProcess_AgreesWithTheRuntime()
    {
        var tree = new ProcessTree();
        using var self = Process.GetCurrentProcess();

        var before = self.TotalProcessorTime;
        var cpu = tree.CpuOf(self.Id);

        Assert.True(cpu >= before - TimeSpan.FromMilliseconds(20), $"{cpu} is less than {before}.");
        Assert.InRange(tree.PssOf(self.Id), 1024 * 1024, long.MaxValue);
    }

    private void AddProcess(int id, int parent, int user = 0, int system = 0, int endedChildren = 0, int pss = 0)
    {
        var folder = _proc.CreateSubdirectory($"{id}").FullName;
        File.WriteAllText(Path.Combine(folder, "stat"), $"{id} (name) S {parent} 1 1 0 -1 0 1 2 3 4 {user} {system} {endedChildren} 0 20 0 1 0 100");
        File.WriteAllText(
            Path.Combine(folder, "smaps_rollup"), $"55e0-7ffc ---p 00000000 00:00 0    [rollup]\nRss:    99999 kB\nPss:    {pss,10} kB\nPss_Dirty:   7 kB\n");
    }
}
