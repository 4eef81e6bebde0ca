using BenchmarkDotNet.Running;
using Benchmarks;

if (args is ["memory"])
{
    TableMemory.Print();
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(BenchmarkConfig).Assembly).Run(args, new BenchmarkConfig());
