"""What `seatwise doctor` shows of the settings."""

from server.doctor import list_settings
from server.doctor.settings_groups import GROUPS
from server.settings import Settings


def test_every_setting_stands_in_one_group() -> None:
    listed = [name for names in GROUPS.values() for name in names]
    assert sorted(listed) == sorted(Settings.model_fields)


def test_every_setting_says_what_it_is() -> None:
    lines = list_settings(Settings())
    assert len({line.variable for line in lines}) == len(lines)
    assert [line.variable for line in lines if not line.description] == []
    assert [line.description for line in lines if line.description.endswith(".")] == []
