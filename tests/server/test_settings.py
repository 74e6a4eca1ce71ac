"""Settings: their names, what follows from what, and what production refuses."""

from datetime import timedelta

import pytest

from server import settings as server_settings
from server.settings import Settings, SettingsError

GOOD_PRODUCTION = {
    "SEATWISE_ENVIRONMENT": "production",
    "SEATWISE_PUBLIC_URL": "https://seats.example",
    "SEATWISE_OIDC_ISSUER": "https://login.example/",
    "DATABASE_URL": "postgresql://seatwise:secret@db/seatwise",
    "STRIPE_API_KEY": "sk_live_abc",
    "STRIPE_WEBHOOK_SECRET": "whsec_new, whsec_old",
    "SMTP_URL": "smtp://mail.example",
}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "DATABASE_DIRECT_URL", "PORT", "SMTP_URL", "STRIPE_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GOOD_PRODUCTION.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_development_needs_no_setting() -> None:
    settings = server_settings.load()
    assert settings.usable() is settings
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.oidc_issuer == "http://127.0.0.1:8000/dev/issuer"
    assert settings.uses_sandbox
    assert settings.uses_development_issuer
    assert settings.grace == timedelta(days=3)


def test_moving_a_port_moves_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9001")
    monkeypatch.setenv("SEATWISE_SANDBOX_PORT", "9002")
    settings = server_settings.load()
    assert settings.public_url == "http://127.0.0.1:9001"
    assert settings.sandbox_url == "http://127.0.0.1:9002"
    assert settings.allowed_return_origins == {"http://127.0.0.1:9001"}


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104 - it is what people write
        ("::", "http://[::1]:8000"),
        ("seats.local", "http://seats.local:8000"),
    ],
)
def test_programs_of_this_machine_find_the_server(host: str, url: str) -> None:
    assert Settings(host=host, public_url="https://seats.example").local_url == url


def test_an_empty_variable_is_none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    assert server_settings.load().database_url is None


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATWISE_RETURN_ORIGINS", "https://a.example/, https://b.example")
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "whsec_new,whsec_old")
    settings = server_settings.load()
    assert settings.return_origins == ("https://a.example", "https://b.example")
    assert settings.webhook_secrets == ("whsec_new", "whsec_old")


@pytest.mark.parametrize(
    "written",
    ["https://a.example/, https://b.example", '["https://a.example/","https://b.example"]'],
)
def test_every_list_may_be_written_with_commas_or_as_json(
    monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.setenv("SEATWISE_GRAPHQL_ALLOWED_ORIGINS", written)
    monkeypatch.setenv("SEATWISE_WEB_CONNECT_ORIGINS", written)
    monkeypatch.setenv("SEATWISE_OIDC_SCOPE_CLAIMS", "scope, roles")
    settings = server_settings.load()
    assert settings.graphql.allowed_origins == ("https://a.example", "https://b.example")
    assert settings.web_connect_origins == ("https://a.example", "https://b.example")
    assert settings.oidc_scope_claims == ("scope", "roles")


def test_an_object_that_is_no_json_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATWISE_WEB_SIGN_IN_PARAMETERS", "audience=seatwise")
    with pytest.raises(SettingsError) as refused:
        server_settings.load()
    assert refused.value.problems == [
        'SEATWISE_WEB_SIGN_IN_PARAMETERS: must be JSON, as {"name": "value"}'
    ]


def test_the_groups_of_other_packages_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATWISE_GRAPHQL_MAX_BATCH", "3")
    monkeypatch.setenv("SEATWISE_OIDC_EMAIL_CLAIM", "mail")
    settings = server_settings.load()
    assert settings.graphql.max_batch == 3
    assert settings.oidc_email_claim == "mail"


def test_every_bad_value_is_told_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = {
        "PORT": "no",
        "SEATWISE_GRAPHQL_MAX_BATCH": "-1",
        "SEATWISE_GRAPHQL_ONLY_TRUSTED": "true",
        "SEATWISE_PUBLIC_URL": "ftp://x",
    }
    for name, value in bad.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refusal:
        server_settings.load()
    for name in bad:
        assert any(line.startswith(f"{name}: ") for line in refusal.value.problems)
    assert not any("Value error" in line for line in refusal.value.problems)


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("SMTP_URL", "mail.example:587"),
        ("SMTP_URL", "https://mail.example"),
        ("SMTP_URL", "smtp://"),
        ("SMTP_URL", "smtp://ann:half/secret@mail"),
        ("DATABASE_URL", "mysql://db/seatwise"),
        ("DATABASE_URL", "postgresql://ann:half/secret@db/seatwise"),
        ("DATABASE_DIRECT_URL", "db/seatwise"),
    ],
)
def test_an_address_that_is_none_is_told_at_the_start(
    monkeypatch: pytest.MonkeyPatch, variable: str, url: str
) -> None:
    monkeypatch.setenv(variable, url)
    with pytest.raises(SettingsError) as refusal:
        server_settings.load()
    [problem] = refusal.value.problems
    assert problem.startswith(f"{variable}: ")
    assert "must begin with" in problem
    assert "half" not in problem


def test_good_production_settings_are_usable(production: pytest.MonkeyPatch) -> None:
    assert server_settings.load().usable().webhook_secrets == ("whsec_new", "whsec_old")


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        ("DATABASE_URL", "", "DATABASE_URL is not set"),
        ("STRIPE_API_KEY", "", "STRIPE_API_KEY is not set"),
        ("STRIPE_WEBHOOK_SECRET", " , ", "STRIPE_WEBHOOK_SECRET is not set"),
        ("SEATWISE_OIDC_ISSUER", "", "the development issuer"),
        ("SEATWISE_OIDC_ISSUER", "https://seats.example/dev/issuer", "the development issuer"),
        ("SEATWISE_OIDC_ISSUER", "https://other.example/dev/issuer", "the development issuer"),
        ("SEATWISE_OIDC_ISSUER", "http://login.example", "is not an https:// address"),
        ("SEATWISE_PUBLIC_URL", "http://seats.example", "is not an https:// address"),
        ("SMTP_URL", "", "SMTP_URL is not set"),
    ],
)
def test_production_refuses(
    production: pytest.MonkeyPatch, variable: str, value: str, problem: str
) -> None:
    production.setenv(variable, value)
    with pytest.raises(SettingsError) as refusal:
        server_settings.load().usable()
    assert len(refusal.value.problems) == 1
    assert problem in refusal.value.problems[0]


def test_production_names_all_problems_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATWISE_ENVIRONMENT", "production")
    with pytest.raises(SettingsError) as refusal:
        server_settings.load().usable()
    assert len(refusal.value.problems) == 6


def test_secrets_are_not_shown(production: pytest.MonkeyPatch) -> None:
    shown = repr(server_settings.load())
    for secret in ("secret@", "sk_live_abc", "whsec_new"):
        assert secret not in shown


def test_settings_can_be_given_as_arguments() -> None:
    settings = Settings(port=9003, stripe_api_key="sk_test_x")
    assert settings.public_url == "http://127.0.0.1:9003"
    assert not settings.uses_sandbox
