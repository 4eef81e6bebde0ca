namespace EndToEndTests.Container;

/// <summary>What an image says about how to run it.</summary>
/// <param name="User">Number or name of the user.</param>
/// <param name="EntryPoint">Program and arguments, without a shell.</param>
/// <param name="HealthCheck"><c>CMD</c>, program and arguments; empty when the image has none.</param>
/// <param name="Environment">NAME=VALUE.</param>
/// <param name="Ports">As in <c>8080/tcp</c>.</param>
internal sealed record ImageConfig(string User, string[] EntryPoint, string[] HealthCheck, string[] Environment, string[] Ports)
{
    /// <summary>The template with which <c>buildah inspect</c> prints what <see cref="Parse"/> reads.</summary>
    public const string Template =
        "user {{.Docker.Config.User}}\n"
        + "{{range .Docker.Config.Entrypoint}}entry {{.}}\n{{end}}"
        + "{{with .Docker.Config.Healthcheck}}{{range .Test}}health {{.}}\n{{end}}{{end}}"
        + "{{range .Docker.Config.Env}}env {{.}}\n{{end}}"
        + "{{range $port, $_ := .Docker.Config.ExposedPorts}}port {{$port}}\n{{end}}";

    public static ImageConfig Parse(string printed)
    {
        var values = printed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 2)).ToLookup(
            parts => parts[0], parts => parts[1], StringComparer.Ordinal);
        return new(values["user"].Single(), [.. values["entry"]], [.. values["health"]], [.. values["env"]], [.. values["port"]]);
    }
}
