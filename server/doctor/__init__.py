"""What `seatwise doctor` tells: the settings, and whether what they point to is there."""

from server.doctor.examination import examine
from server.doctor.finding import Finding, State
from server.doctor.settings_list import SettingLine, list_settings
from server.doctor.stripe_account import examine_stripe

__all__ = ["Finding", "SettingLine", "State", "examine", "examine_stripe", "list_settings"]
