import os
from pathlib import Path

import platformdirs
import pytest
from pydantic import ValidationError

from calibaja_api.settings import PREFIX, LogFormat, LogLevel, Settings, WrongSettings, load

NAMES = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith(PREFIX):
            monkeypatch.delenv(name)


def refused(monkeypatch: pytest.MonkeyPatch, **settings: str) -> str:
    for name, value in settings.items():
        monkeypatch.setenv(f"{PREFIX}{name}", value)
    with pytest.raises(WrongSettings) as wrong:
        load()
    return str(wrong.value)


def test_defaults() -> None:
    # The size of the cache is a matter of the release.
    assert load().model_dump(exclude={"cache_bytes"}) == {
        "database_url": f"sqlite:///{platformdirs.user_data_path('calibaja', appauthor=False)}/calibaja.sqlite3",
        "public_url": None,
        "cache_max_age": 60,
        "cache_stale_while_revalidate": 600,
        "allowed_hosts": "*",
        "trusted_proxies": None,
        "max_connections": 1_000,
        "max_requests": 256,
        "log_format": LogFormat.HUMAN,
        "log_level": LogLevel.INFO,
        "access_log": False,
    }


def test_every_setting_is_read_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "DATABASE_URL": "sqlite:////data/facts.sqlite3",
        "PUBLIC_URL": "https://facts.example.org",
        "CACHE_MAX_AGE": "0",
        "CACHE_STALE_WHILE_REVALIDATE": "5",
        "CACHE_BYTES": "0",
        "ALLOWED_HOSTS": "facts.example.org,*.example.com,[::1]",
        "TRUSTED_PROXIES": "10.0.0.7,192.168.0.0/16,2001:db8::/32",
        "MAX_CONNECTIONS": "5",
        "MAX_REQUESTS": "7",
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "error",
        "ACCESS_LOG": "True",
    }
    assert sorted(f"{PREFIX}{name}" for name in given) == sorted(NAMES)
    for name, value in given.items():
        monkeypatch.setenv(f"{PREFIX}{name}", value)
    assert {name: str(value) for name, value in load().model_dump(mode="json").items()} == {
        name.lower(): value for name, value in given.items()
    }


def test_a_variable_is_taken_in_lower_case_too_and_first_as_it_is_documented(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("calibaja_cache_bytes", "5")
    assert load().cache_bytes == 5
    monkeypatch.setenv("CALIBAJA_CACHE_BYTES", "7")
    assert load().cache_bytes == 7


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load().cache_max_age = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("DATABASE_URL", "", "sqlite:////"),
        ("DATABASE_URL", "facts.sqlite3", "sqlite:////"),
        ("DATABASE_URL", "sqlite://", "needs a file"),
        ("DATABASE_URL", "sqlite:///:memory:", "needs a file"),
        ("DATABASE_URL", "mysql://host/facts", "mysql is not supported; name sqlite"),
        ("PUBLIC_URL", "", "such as https://"),
        ("PUBLIC_URL", "example.org", "such as https://"),
        ("PUBLIC_URL", "/facts", "such as https://"),
        ("PUBLIC_URL", "ftp://example.org", "such as https://"),
        ("PUBLIC_URL", "https://", "such as https://"),
        ("PUBLIC_URL", "https:///facts", "such as https://"),
        ("PUBLIC_URL", "https://example.org?lang=es", "such as https://"),
        ("PUBLIC_URL", "https://example.org/#facts", "such as https://"),
        ("PUBLIC_URL", "https://example.org/our facts", "such as https://"),
        # These would end the address in a Link header or in a page.
        ("PUBLIC_URL", "https://example.org/a>b", "such as https://"),
        ("PUBLIC_URL", 'https://example.org/"', "such as https://"),
        ("PUBLIC_URL", "https://example.org/hernández", "such as https://"),
        ("CACHE_MAX_AGE", "", "valid integer"),
        ("CACHE_MAX_AGE", "1.5", "valid integer"),
        ("CACHE_MAX_AGE", "-1", "greater than or equal to 0"),
        ("CACHE_MAX_AGE", "31536001", "less than or equal to 31536000"),
        ("CACHE_STALE_WHILE_REVALIDATE", "ten", "valid integer"),
        ("CACHE_STALE_WHILE_REVALIDATE", "-1", "greater than or equal to 0"),
        ("CACHE_BYTES", "64M", "valid integer"),
        ("CACHE_BYTES", "-1", "greater than or equal to 0"),
        ("LOG_FORMAT", "xml", "'human' or 'json'"),
        ("LOG_FORMAT", "", "'human' or 'json'"),
        ("LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("ACCESS_LOG", "perhaps", "valid boolean"),
        ("ALLOWED_HOSTS", "", "names without ports such as facts.example.org"),
        ("ALLOWED_HOSTS", "facts.example.org:8000", "names without ports such as facts.example.org"),
        ("ALLOWED_HOSTS", "facts.example.org,", "names without ports such as facts.example.org"),
        ("ALLOWED_HOSTS", "facts.*.org", "names without ports such as facts.example.org"),
        ("ALLOWED_HOSTS", "https://facts.example.org", "names without ports such as facts.example.org"),
        ("TRUSTED_PROXIES", "", "addresses or networks such as 10.0.0.7,192.168.0.0/16"),
        ("TRUSTED_PROXIES", "*", "addresses or networks such as 10.0.0.7,192.168.0.0/16"),
        ("TRUSTED_PROXIES", "proxy.example.org", "addresses or networks such as 10.0.0.7,192.168.0.0/16"),
        ("TRUSTED_PROXIES", "10.0.0.7/8", "addresses or networks such as 10.0.0.7,192.168.0.0/16"),
        ("MAX_CONNECTIONS", "0", "greater than or equal to 1"),
        ("MAX_CONNECTIONS", "many", "valid integer"),
        ("MAX_REQUESTS", "100001", "less than or equal to 100000"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_right(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, right: str
) -> None:
    told = refused(monkeypatch, **{name: value})
    assert told.startswith(f"{PREFIX}{name}={value} is wrong: ")
    assert right in told
    assert told.endswith(str(Settings.model_fields[name.lower()].description))


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://example.org/", "https://example.org"),
        ("https://example.org/facts/v2", "https://example.org/facts/v2"),
        ("https://example.org/facts/", "https://example.org/facts"),
        ("https://[2001:db8::1]:8443/facts", "https://[2001:db8::1]:8443/facts"),
    ],
)
def test_a_public_address_is_taken_without_a_slash_at_its_end(
    monkeypatch: pytest.MonkeyPatch, given: str, taken: str
) -> None:
    monkeypatch.setenv(f"{PREFIX}PUBLIC_URL", given)
    assert load().public_url == taken


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_setting_is_refused_with_the_nearest(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    unknown = f"{name.removeprefix(PREFIX)}S".replace("_", "__", 1)
    assert refused(monkeypatch, **{unknown: "1"}) == f"{PREFIX}{unknown} is not a setting; did you mean {name}?"


def test_an_unknown_setting_far_from_all_is_refused_with_all(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = f"{PREFIX}COLOR is not a setting; there are {', '.join(NAMES)}"
    assert refused(monkeypatch, COLOR="red") == expected


def test_all_wrong_settings_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    told = refused(monkeypatch, COLOR="red", LOG_FORMATS="json", CACHE_BYTES="x", LOG_FORMAT="xml")
    assert [line.split(" ")[0] for line in told.splitlines()] == [
        f"{PREFIX}COLOR",
        f"{PREFIX}LOG_FORMATS",
        f"{PREFIX}CACHE_BYTES=x",
        f"{PREFIX}LOG_FORMAT=xml",
    ]


def test_a_refusal_keeps_a_password_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    told = refused(monkeypatch, DATABASE_URL="mysql://clerk:hunter2@host/facts")
    assert "mysql is not supported" in told
    assert "hunter2" not in told


def test_variables_of_others_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_FORMAT", "json")
    monkeypatch.setenv("DATABASE_URL", "mysql://host/facts")
    monkeypatch.setenv("XCALIBAJA_COLOR", "red")
    assert load().log_format is LogFormat.HUMAN
    assert load().database_url.startswith("sqlite:////")


@pytest.mark.parametrize("content", ["CALIBAJA_LOG_FORMAT=json\n", "CALIBAJA_COLOR=red\n", "LOG_FORMAT=json\n"])
def test_nothing_is_read_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    (tmp_path / ".env").write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert load().log_format is LogFormat.HUMAN
