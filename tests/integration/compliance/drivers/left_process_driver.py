"""Something of it lives on."""

import subprocess
import sys

from tiny_driver import TinyDriver

from qdm_driver import DriverConfig


class LeftProcessDriver(TinyDriver):
    """Starts a helper in a session of its own, and another that ends with the driver."""

    def initialize(self, config: DriverConfig) -> None:
        super().initialize(config)
        command = [sys.executable, "-c", "import signal; signal.pause()"]
        self.helpers = [subprocess.Popen(command, start_new_session=apart) for apart in (False, True)]
