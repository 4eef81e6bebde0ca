using HubNode;

namespace Demo;

/// <summary>Prints one line for each hub connection that opens or closes, with the live connections of every node.</summary>
internal sealed class ConnectionBoard(TextWriter output, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, int> _live = new(StringComparer.Ordinal);

    public void Watch(NodeState node)
    {
        _live[node.Name] = 0;
        node.ConnectionChanged += (_, change) => Print(node.Name, change);
    }

    private void Print(string node, ConnectionChangedEventArgs change)
    {
        lock (_gate)
        {
            _live[node] = change.Count;
            var live = string.Join("  ", _live.Select(entry => $"{entry.Key} {entry.Value}"));
            output.WriteLine($"{time.GetLocalNow():HH:mm:ss}  node {node}  {(change.IsOpen ? "opened" : "closed")}  {change.Transport,-18}  live: {live}");
        }
    }
}
