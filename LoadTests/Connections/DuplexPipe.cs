using System.IO.Pipelines;

namespace LoadTests.Connections;

internal sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
