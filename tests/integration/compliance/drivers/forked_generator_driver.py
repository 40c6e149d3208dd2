"""Forked processes repeat one another."""

import random

from tiny_driver import TinyDriver

from qdm_driver import DriverConfig

GENERATOR = random.Random()  # noqa: S311 - shots are no secrets


class ForkedGeneratorDriver(TinyDriver):
    """Makes its random generator when it is imported."""

    def initialize(self, config: DriverConfig) -> None:
        super().initialize(config)
        self.rng = GENERATOR
