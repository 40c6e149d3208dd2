"""Unknown keys of driverConfig are taken."""

from pydantic import ConfigDict
from tiny_driver import TinyDriver

from qdm_driver import DriverConfig


class ForgivingConfig(DriverConfig):
    """Hides typing errors."""

    model_config = ConfigDict(extra="ignore")


class ForgivingConfigDriver(TinyDriver):
    """Starts with anything."""

    config_model = ForgivingConfig
