using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Proxy.Configuration;

/// <summary>A class of options: its properties, and how an object with the defaults is made.</summary>
internal sealed class OptionClass
{
    // All of them by name, because a trimmed program keeps the properties only of classes that are named.
    private static readonly FrozenDictionary<Type, OptionClass> All = new[]
    {
        Describe<GatewayOptions>(),
        Describe<NodeOptions>(),
        Describe<TlsOptions>(),
        Describe<ClientCertificateOptions>(),
        Describe<AffinityOptions>(),
        Describe<AffinityCookieOptions>(),
        Describe<ForeignCookieOptions>(),
        Describe<RedisOptions>(),
        Describe<NegotiationOptions>(),
        Describe<ScaleOptions>(),
        Describe<RebalanceOptions>(),
        Describe<HealthOptions>(),
        Describe<TrustedProxyOptions>(),
        Describe<TimeoutOptions>(),
        Describe<DiagnosticsOptions>(),
        Describe<AdminOptions>(),
        Describe<KestrelOptions>(),
        Describe<KestrelLimitOptions>(),
        Describe<RequestRateOptions>(),
        Describe<ResponseRateOptions>(),
        Describe<Http2LimitOptions>(),
        Describe<Http3LimitOptions>(),
        Describe<EndpointDefaultOptions>(),
        Describe<CertificateSetOptions>(),
        Describe<EndpointOptions>(),
        Describe<SniOptions>(),
        Describe<CertificateOptions>(),
    }.ToFrozenDictionary(options => options._type);

    private readonly Type _type;

    private OptionClass(Type type, Func<object> create, Func<IEnumerable<object>, object> createList, IReadOnlyList<OptionProperty> properties)
    {
        (_type, Create, CreateList, Properties) = (type, create, createList, properties);
    }

    /// <summary>Makes an object with the defaults.</summary>
    public Func<object> Create { get; }

    /// <summary>Makes a list of such objects, as a property takes it.</summary>
    public Func<IEnumerable<object>, object> CreateList { get; }

    /// <summary>In the order of the source.</summary>
    public IReadOnlyList<OptionProperty> Properties { get; }

    /// <summary>What is known of a class.</summary>
    /// <exception cref="KeyNotFoundException">The class is missing in the list above.</exception>
    public static OptionClass Of(Type type) => All[type];

    private static OptionClass Describe<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>()
        where T : class, new()
    {
        var defaults = new T();
        var properties = typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => new OptionProperty(property, defaults));
        return new OptionClass(typeof(T), static () => new T(), static items => items.Cast<T>().ToArray(), [.. properties]);
    }
}
