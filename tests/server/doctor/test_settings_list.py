"""What `seatwise doctor` shows of the settings."""

import pytest

from server.doctor import list_settings
from server.doctor.settings_groups import GROUPS
from server.doctor.settings_list import masked
from server.settings import Settings


def test_every_setting_stands_in_one_group() -> None:
    listed = [name for names in GROUPS.values() for name in names]
    assert sorted(listed) == sorted(Settings.model_fields)


def test_every_setting_says_what_it_is() -> None:
    lines = list_settings(Settings())
    assert len({line.variable for line in lines}) == len(lines)
    assert [line.variable for line in lines if not line.description] == []
    assert [line.description for line in lines if line.description.endswith(".")] == []


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        ("sk_live_abc", "sk_live_***"),
        ("whsec_new,whsec_old", "whsec_***"),
        ("postgresql://ann:abc@db:5432/seatwise", "postgresql://ann:***@db:5432/seatwise"),
        ("postgresql://db/seatwise?user=ann&password=abc", "postgresql://db/seatwise?user=ann&password=***"),
        ("postgresql:///seatwise?host=/run&sslpassword=abc&x=1", "postgresql:///seatwise?host=/run&sslpassword=***&x=1"),
    ],
)  # fmt: skip
def test_of_a_secret_only_what_is_none_is_shown(secret: str, shown: str) -> None:
    assert masked(secret) == shown
