"""What `seatwise doctor` tells: the settings, and whether what they point to is there."""

from server.doctor.examination import examine
from server.doctor.finding import Finding, State
from server.doctor.settings_list import SettingLine, list_settings

__all__ = ["Finding", "SettingLine", "State", "examine", "list_settings"]
