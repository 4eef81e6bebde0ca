using System.Collections;
using System.Reflection;

namespace Proxy.Configuration;

/// <summary>One property of an option class, with what its attributes say.</summary>
internal sealed class OptionProperty
{
    private readonly PropertyInfo _info;

    public OptionProperty(PropertyInfo info, object defaults)
    {
        _info = info;
        Default = info.GetValue(defaults);
        Limits = info.GetCustomAttribute<LimitsAttribute>();
        IsSecret = info.IsDefined(typeof(SecretAttribute));
        NeedsRestart = info.IsDefined(typeof(NeedsRestartAttribute));
        IsWholeGateway = info.IsDefined(typeof(WholeGatewayAttribute));
        IsNullable = new NullabilityInfoContext().Create(info).WriteState == NullabilityState.Nullable;
    }

    public string Name => _info.Name;

    /// <summary>The type of its values; of a number that may be left out, the number's.</summary>
    public Type Type => Nullable.GetUnderlyingType(_info.PropertyType) ?? _info.PropertyType;

    public object? Default { get; }

    public LimitsAttribute? Limits { get; }

    public bool IsSecret { get; }

    public bool NeedsRestart { get; }

    public bool IsWholeGateway { get; }

    public bool IsNullable { get; }

    /// <summary>Whether <see langword="null"/> in a file means no value, and not the default.</summary>
    public bool TakesNull => Nullable.GetUnderlyingType(_info.PropertyType) is not null;

    public bool IsList => Type == typeof(IReadOnlyList<string>);

    /// <summary>Whether the property holds texts by names of the operator's choice.</summary>
    public bool IsTexts => Type == typeof(IReadOnlyDictionary<string, string>);

    /// <summary>Whether the property is a list whose items have keys of their own.</summary>
    public bool IsSectionList => !IsList && Type.IsGenericType && Type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>);

    /// <summary>Whether the property is the list of nodes, which has a grammar of its own.</summary>
    public bool IsNodes => Type == typeof(IReadOnlyDictionary<string, NodeOptions>);

    /// <summary>Whether the keys below it are names that the operator chooses.</summary>
    public bool IsMap => typeof(IDictionary).IsAssignableFrom(Type);

    /// <summary>The option class of what a map or a list of sections holds.</summary>
    public Type ElementType => Type.GetGenericArguments()[^1];

    /// <summary>Whether the property has keys of its own below it.</summary>
    public bool IsSection => Type.IsClass && Type != typeof(string) && !IsMap;

    /// <summary>The properties of an option class, in the order of its source.</summary>
    public static IReadOnlyList<OptionProperty> Of(Type type) => OptionClass.Of(type).Properties;

    /// <summary>The property of this name, compared without case.</summary>
    public static OptionProperty? Find(Type type, string name) => Of(type).FirstOrDefault(p => string.Equals(p.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Every option below a class with its path, such as <c>Affinity:Cookie:Name</c>; sections themselves are left out, and what the operator
    /// names.</summary>
    public static IEnumerable<(string Path, OptionProperty Property)> Leaves(Type type, string prefix = "")
    {
        foreach (var property in Of(type))
        {
            if (property.IsMap)
            {
                continue;
            }

            if (property.IsSection)
            {
                foreach (var leaf in Leaves(property.Type, $"{prefix}{property.Name}:"))
                {
                    yield return leaf;
                }
            }
            else
            {
                yield return (prefix + property.Name, property);
            }
        }
    }

    public object? Get(object options) => _info.GetValue(options);

    public void Set(object options, object? value) => _info.SetValue(options, value);
}
