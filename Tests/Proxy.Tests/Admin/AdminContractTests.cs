using System.Collections;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Proxy.Admin;
using Proxy.SelfTest;
using Xunit;

namespace Proxy.Tests.Admin;

/// <summary>The JSON of the admin API is public: a change is an entry in the changelog.</summary>
public sealed class AdminContractTests
{
    private static readonly NullabilityInfoContext Nullability = new();

    [Fact]
    public void Answers_All_AreThoseOfTheSnapshot()
    {
        var text = new StringBuilder();
        Write(text, "GET /affinity", typeof(AffinityJson));
        Write(text, "GET /affinity/connections", typeof(ConnectionsJson));
        Write(text, "GET /affinity/connections/{id}", typeof(ConnectionLookupJson));
        Write(text, "POST /affinity/explain, body", typeof(ExplainRequest));
        Write(text, "POST /affinity/explain", typeof(ExplanationJson));
        Write(text, "GET /affinity/decisions", typeof(DecisionsJson));
        Write(text, "GET /affinity/decisions/stream, event decision", typeof(DecisionJson));
        Write(text, "POST /affinity/replay", typeof(ReplayJson));
        Write(text, "GET /nodes, each", typeof(NodeJson));
        Write(text, "POST /nodes/{name}/drain, body", typeof(DrainRequest));
        Write(text, "POST /check, body", typeof(CheckRequest));
        Write(text, "POST /check", typeof(CheckReport));
        Write(text, "GET /healthz/live and /healthz/ready", typeof(HealthJson));
        Write(text, "GET /healthz/live and /healthz/ready, 503", typeof(UnavailableJson));
        Write(text, "POST /affinity/replay, refused configuration", typeof(RefusedConfigurationJson));
        Write(text, "every other refusal", typeof(ErrorJson));

        Snapshot.Check("AdminContract.txt", text.ToString());
    }

    [Fact]
    public void Answer_MembersWithoutAValue_AreNull()
    {
        var json = JsonSerializer.Serialize(
            new ConnectionLookupJson("0a", "id", null, null, 404, [new StepJson("tag", "<none>", null)], null), AdminJson.Answers.ConnectionLookupJson);

        Assert.Equal("""{"id":"0a","given":"id","outcome":null,"node":null,"status":404,"steps":[{"step":"tag","result":"<none>","detail":null}],"connection":null}""", json);
    }

    private static void Write(StringBuilder text, string call, Type type)
    {
        text.Append(call).Append('\n');
        WriteMembers(text, type, "  ");
    }

    private static void WriteMembers(StringBuilder text, Type type, string indent)
    {
        foreach (var property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(
            property => !property.IsDefined(typeof(JsonIgnoreAttribute))).OrderBy(property => property.MetadataToken))
        {
            var (name, inner) = Describe(property.PropertyType);
            var isNullable = Nullable.GetUnderlyingType(property.PropertyType) is not null
                || Nullability.Create(property).ReadState is NullabilityState.Nullable;
            text.Append(indent).Append(
                JsonNamingPolicy.CamelCase.ConvertName(property.Name)).Append(": ").Append(name).Append(isNullable ? " or null" : "").Append('\n');
            if (inner is not null)
            {
                WriteMembers(text, inner, indent + "  ");
            }
        }
    }

    private static (string Name, Type? Inner) Describe(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string))
        {
            return ("text", null);
        }

        if (type.IsGenericType && type.GetInterfaces().Append(type).Any(
            one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>)))
        {
            return ($"object of {Describe(type.GetGenericArguments()[1]).Name}", null);
        }

        if (typeof(IEnumerable).IsAssignableFrom(type))
        {
            var (name, inner) = Describe(type.GetGenericArguments()[0]);
            return ($"list of {name}", inner);
        }

        return type == typeof(bool) ? ("boolean", null)
            : type == typeof(DateTimeOffset) ? ("time", null)
            : type == typeof(double) ? ("number", null)
            : type == typeof(int) || type == typeof(long) ? ("whole number", null)
            : type == typeof(JsonElement) ? ("text or list of texts", null)
            : ("object", type);
    }
}
