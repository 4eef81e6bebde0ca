using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace EndToEndTests.DotNetClient;

/// <summary>Sends back the bytes it gets, without a hub protocol.</summary>
internal sealed class RawEchoHandler : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var format = connection.Features.GetRequiredFeature<ITransferFormatFeature>();
        format.ActiveFormat = format.SupportedFormats.HasFlag(TransferFormat.Binary) ? TransferFormat.Binary : TransferFormat.Text;
        while (true)
        {
            var result = await connection.Transport.Input.ReadAsync();
            foreach (var segment in result.Buffer)
            {
                await connection.Transport.Output.WriteAsync(segment);
            }

            connection.Transport.Input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                return;
            }
        }
    }
}
