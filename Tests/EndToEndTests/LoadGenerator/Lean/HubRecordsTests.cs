using System.Text;
using LoadTests.Lean;
using Xunit;

namespace EndToEndTests.LoadGenerator.Lean;

public sealed class HubRecordsTests
{
    private static readonly byte[] Stream = Encoding.UTF8.GetBytes("""{}|{"type":6}|{"type":3,"invocationId":"1","result":"x"}|{"error":"no"}|""".Replace('|', '\u001e'));

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(1000)]
    public void Next_PartsOfAnySize_FindsEachTypeOnce(int size)
    {
        List<byte> types = [];
        var records = new HubRecords();
        foreach (var chunk in Stream.Chunk(size))
        {
            ReadOnlySpan<byte> part = chunk;
            while (records.Next(ref part, out var type))
            {
                types.Add(type);
            }
        }

        Assert.Equal([HubRecords.Untyped, HubRecords.Ping, HubRecords.Completion, (byte)':'], types);
    }
}
