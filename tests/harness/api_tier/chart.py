"""The chart, as Helm renders it."""

import subprocess
from typing import NamedTuple

import yaml

from api_tier.binaries import ROOT, binary
from api_tier.client import Json

CHART = ROOT / "charts/qdm"


class Said(NamedTuple):
    """What Helm says: an error, empty where it has none, and otherwise the objects of a release."""

    error: str
    objects: list[Json]

    def one(self, kind: str, name: str) -> Json:
        """Returns the one object of a kind and name."""
        assert not self.error, self.error
        (found,) = (obj for obj in self.objects if (obj["kind"], obj["metadata"]["name"]) == (kind, name))
        return found


def render(*values: str, namespace: str = "quantum") -> Said:
    """Renders the chart with ``key=value`` of each, in Helm's notation."""
    chosen = [f"--set={value}" for value in values]
    done = subprocess.run(
        [
            binary("helm", "helm"),
            "template",
            "qdm",
            CHART,
            f"--namespace={namespace}",
            *chosen,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return Said(done.stderr, [])
    return Said("", [obj for obj in yaml.safe_load_all(done.stdout) if obj])


def pod_of(obj: Json) -> Json:
    """Returns the pod of a Deployment, or the Pod itself, as far as both have it: ``metadata`` and ``spec``."""
    template: Json = obj["spec"]["template"] if obj["kind"] == "Deployment" else obj
    return template
