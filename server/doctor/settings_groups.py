"""In which order `seatwise doctor` shows the settings, and under which heading."""

GROUPS: dict[str, tuple[str, ...]] = {
    "Process": (
        "environment", "host", "port", "worker_port", "public_url", "trusted_proxies",
        "client_address_header", "shutdown_seconds", "log_level", "log_format", "data_dir",
    ),
    "Database": (
        "database_url", "database_direct_url", "database_wait_seconds", "read_connections",
        "write_connections", "prepared_statements",
    ),
    "Stripe": (
        "stripe_api_key", "stripe_webhook_secret", "event_days", "reconcile_calls_per_second",
        "sandbox_port", "sandbox_url", "sandbox_api_key",
    ),
    "What is sold": (
        "catalogue", "default_currency", "collect_tax", "return_origins", "grace_days",
    ),
    "Invitations and mail": (
        "invitation_days", "invitations_per_hour", "invitation_url", "smtp_url", "mail_from",
    ),
    "Sign-in": (
        "oidc_issuer", "oidc_audience", "oidc_audience_claim", "oidc_subject_claim",
        "oidc_email_claim", "oidc_email_verified_claim", "oidc_name_claim", "oidc_scope_claims",
        "oidc_scope_prefix", "oidc_use_userinfo", "oidc_leeway_seconds", "oidc_timeout_seconds",
        "oidc_keys_seconds", "oidc_refetch_seconds", "oidc_cached_tokens",
    ),
    "Our pages": (
        "ide_client_id", "portal_client_id", "web_sign_in_scope", "web_sign_in_parameters",
        "web_connect_origins",
    ),
    "GraphQL": ("fusion", "graphql"),
    "Rate limits": ("rate_limits",),
}  # fmt: skip
"""Fields of `Settings`, each once; one that is a group of settings stands for all of them."""
