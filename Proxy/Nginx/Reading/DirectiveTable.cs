using System.Collections.Frozen;
using static Proxy.Nginx.Reading.DirectiveContexts;
using static Proxy.Nginx.Reading.DirectiveUse;

namespace Proxy.Nginx.Reading;

/// <summary>The directives that are understood. Every other one is an error.</summary>
internal static class DirectiveTable
{
    private const DirectiveContexts Anywhere = Http | Server | DirectiveContexts.Location;
    private const int Any = int.MaxValue;

    private static readonly FrozenDictionary<string, DirectiveRule> Rules = new Dictionary<string, DirectiveRule>(StringComparer.Ordinal)
    {
        ["events"] = new(Main, 0, 0, Block),
        ["http"] = new(Main, 0, 0, Block),
        ["server"] = new(Http, 0, 0, Block),
        ["location"] = new(Server | DirectiveContexts.Location, 1, 2, Block),
        ["upstream"] = new(Http, 1, 1, Block),
        ["map"] = new(Http, 2, 2, Block),
        ["types"] = new(Anywhere, 0, 0, Block),

        ["listen"] = new(Server, 1, Any, Applied),
        ["server_name"] = new(Server, 1, Any, Applied),
        ["http2"] = new(Http | Server, 1, 1, Applied),
        ["ssl_certificate"] = new(Http | Server, 1, 1, Applied),
        ["ssl_certificate_key"] = new(Http | Server, 1, 1, Applied),
        ["ssl_protocols"] = new(Http | Server, 1, Any, Applied),
        ["keepalive_timeout"] = new(Anywhere, 1, 2, Applied),
        ["client_max_body_size"] = new(Anywhere, 1, 1, Applied),
        ["default_type"] = new(Anywhere, 1, 1, Applied),
        ["add_header"] = new(Anywhere, 2, 3, Applied),
        ["return"] = new(Server | DirectiveContexts.Location, 1, 2, Applied),
        ["proxy_pass"] = new(DirectiveContexts.Location, 1, 1, Applied),
        ["proxy_http_version"] = new(Anywhere, 1, 1, Applied),
        ["proxy_set_header"] = new(Anywhere, 2, 2, Applied),
        ["proxy_hide_header"] = new(Anywhere, 1, 1, Applied),
        ["proxy_redirect"] = new(Anywhere, 1, 2, Applied),
        ["proxy_read_timeout"] = new(Anywhere, 1, 1, Applied),
        ["proxy_connect_timeout"] = new(Anywhere, 1, 1, Applied),

        ["ip_hash"] = new(Upstream, 0, 0, Applied),
        ["least_conn"] = new(Upstream, 0, 0, Applied),
        ["random"] = new(Upstream, 0, 2, Applied),
        ["hash"] = new(Upstream, 1, 2, Applied),
        ["sticky"] = new(Upstream, 1, Any, Applied),

        ["gzip"] = new(Anywhere, 1, 1, Different),

        ["merge_slashes"] = new(Http | Server, 1, 1, OneValue, "on"),
        ["ignore_invalid_headers"] = new(Http | Server, 1, 1, OneValue, "on"),
        ["underscores_in_headers"] = new(Http | Server, 1, 1, OneValue, "off"),
        ["absolute_redirect"] = new(Anywhere, 1, 1, OneValue, "on"),
        ["port_in_redirect"] = new(Anywhere, 1, 1, OneValue, "on"),
        ["server_name_in_redirect"] = new(Anywhere, 1, 1, OneValue, "off"),
        ["chunked_transfer_encoding"] = new(Anywhere, 1, 1, OneValue, "on"),
        ["proxy_cache"] = new(Anywhere, 1, 1, OneValue, "off"),
        ["proxy_store"] = new(Anywhere, 1, 1, OneValue, "off"),
        ["proxy_intercept_errors"] = new(Anywhere, 1, 1, OneValue, "off"),
        ["proxy_ignore_client_abort"] = new(Anywhere, 1, 1, OneValue, "off"),
        ["proxy_pass_request_headers"] = new(Anywhere, 1, 1, OneValue, "on"),
        ["proxy_pass_request_body"] = new(Anywhere, 1, 1, OneValue, "on"),
        ["recursive_error_pages"] = new(Anywhere, 1, 1, OneValue, "off"),
        ["auth_basic"] = new(Anywhere, 1, 1, OneValue, "off"),
        ["auth_request"] = new(Anywhere, 1, 1, OneValue, "off"),
    }
    .Concat(All(Main, "user", "worker_processes", "worker_rlimit_nofile", "worker_rlimit_core", "worker_cpu_affinity", "worker_priority",
        "worker_shutdown_timeout", "working_directory", "pid", "lock_file", "daemon", "master_process", "load_module", "pcre_jit", "timer_resolution",
        "thread_pool", "env"))
    .Concat(All(Events, "worker_connections", "multi_accept", "use", "accept_mutex", "accept_mutex_delay", "worker_aio_requests", "debug_connection"))
    .Concat(All(Main | Anywhere, "error_log"))
    .Concat(All(Http, "log_format", "map_hash_max_size", "map_hash_bucket_size", "server_names_hash_max_size", "server_names_hash_bucket_size"))
    .Concat(All(Http | Server, "client_header_buffer_size", "connection_pool_size", "request_pool_size", "ssl_session_cache", "ssl_session_timeout",
        "ssl_session_tickets", "ssl_prefer_server_ciphers", "ssl_buffer_size", "ssl_dhparam", "variables_hash_max_size", "variables_hash_bucket_size"))
    .Concat(All(Anywhere, "access_log", "log_not_found", "log_subrequest", "server_tokens", "sendfile", "sendfile_max_chunk", "tcp_nopush", "tcp_nodelay",
        "aio", "directio", "output_buffers", "postpone_output", "open_file_cache", "open_file_cache_errors", "open_file_cache_min_uses",
        "open_file_cache_valid", "open_log_file_cache", "etag", "types_hash_max_size", "types_hash_bucket_size", "reset_timedout_connection",
        "client_body_buffer_size", "client_body_temp_path", "client_body_in_file_only", "client_body_in_single_buffer", "keepalive_requests", "resolver",
        "resolver_timeout", "gzip_vary", "gzip_proxied", "gzip_comp_level", "gzip_buffers", "gzip_http_version", "gzip_min_length", "gzip_types",
        "gzip_disable", "proxy_buffering", "proxy_request_buffering", "proxy_buffers", "proxy_buffer_size", "proxy_busy_buffers_size",
        "proxy_temp_path", "fastcgi_temp_path", "uwsgi_temp_path", "scgi_temp_path", "proxy_temp_file_write_size", "proxy_max_temp_file_size",
        "proxy_cache_bypass", "proxy_no_cache", "proxy_headers_hash_max_size", "proxy_headers_hash_bucket_size", "proxy_send_timeout",
        "proxy_socket_keepalive"))
    .Concat(All(Upstream, "keepalive", "keepalive_requests", "keepalive_timeout", "keepalive_time", "zone"))
    .GroupBy(static rule => rule.Key, StringComparer.Ordinal)
    .ToFrozenDictionary(static rules => rules.Key, static rules => Merge([.. rules.Select(static rule => rule.Value)]), StringComparer.Ordinal);

    // What nginx has besides, so that it is told from what nobody has: those that are met in configurations of proxies.
    private static readonly FrozenSet<string> Unsupported = FrozenSet.Create(StringComparer.Ordinal,
        "if", "set", "rewrite", "rewrite_log", "break", "error_page", "try_files", "root", "alias", "index", "autoindex", "expires", "internal",
        "allow", "deny", "auth_basic_user_file", "auth_request_set", "satisfy", "limit_except", "limit_req", "limit_req_zone", "limit_req_status",
        "limit_conn", "limit_conn_zone", "limit_conn_status", "limit_rate", "limit_rate_after", "geo", "split_clients", "real_ip_header",
        "set_real_ip_from", "real_ip_recursive", "proxy_cache_path", "proxy_cache_key", "proxy_cache_valid", "proxy_cache_use_stale",
        "proxy_cache_methods", "proxy_cache_lock", "proxy_next_upstream", "proxy_next_upstream_tries", "proxy_next_upstream_timeout",
        "proxy_pass_header", "proxy_ignore_headers", "proxy_cookie_domain", "proxy_cookie_path", "proxy_cookie_flags", "proxy_method", "proxy_bind",
        "proxy_set_body", "proxy_ssl_verify", "proxy_ssl_name", "proxy_ssl_server_name", "proxy_ssl_trusted_certificate", "proxy_ssl_certificate",
        "proxy_ssl_certificate_key", "proxy_ssl_protocols", "proxy_ssl_session_reuse", "proxy_limit_rate", "ssl_ciphers", "ssl_ecdh_curve",
        "ssl_stapling", "ssl_stapling_verify", "ssl_trusted_certificate", "ssl_client_certificate", "ssl_verify_client", "ssl_verify_depth",
        "ssl_password_file", "ssl_early_data", "ssl", "send_timeout", "client_body_timeout", "client_header_timeout", "large_client_header_buffers",
        "lingering_close", "lingering_time", "lingering_timeout", "keepalive_disable", "keepalive_time", "sub_filter", "add_trailer",
        "addition_types", "charset", "gunzip", "gzip_static", "mirror", "grpc_pass", "fastcgi_pass", "fastcgi_param", "uwsgi_pass", "scgi_pass",
        "memcached_pass", "stub_status", "health_check", "match", "stream", "mail", "server_name_in_redirect", "valid_referers", "http3",
        "quic_retry", "slice", "secure_link", "post_action", "upstream_conf", "state", "queue", "ntlm", "disable_symlinks", "msie_padding",
        "max_ranges");

    /// <summary>The rule for a directive, or <see langword="null"/>.</summary>
    public static DirectiveRule? Find(string name) => Rules.GetValueOrDefault(name);

    /// <summary>Whether nginx has it although the gateway does not.</summary>
    public static bool IsOfNginx(string name) => Unsupported.Contains(name);

    private static IEnumerable<KeyValuePair<string, DirectiveRule>> All(DirectiveContexts contexts, params string[] names) =>
        names.Select(name => KeyValuePair.Create(name, new DirectiveRule(contexts, 1, Any, Default)));

    // "keepalive_timeout" stands in upstreams, too.
    private static DirectiveRule Merge(DirectiveRule[] rules) =>
        rules[0] with { Contexts = rules.Aggregate(None, static (contexts, rule) => contexts | rule.Contexts) };
}
