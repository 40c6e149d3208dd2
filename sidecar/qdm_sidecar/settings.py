"""What a sidecar can be told by its environment."""

from pathlib import Path

from pydantic import Field

from qdm_common.settings import ServerSettings


class SidecarSettings(ServerSettings):
    """Settings of one sidecar; what its device is to be stands in ``device_file``."""

    device_file: Path = Field(description="JSON file with the device's resolved spec.")
    data_dir: Path = Field(description="Folder that survives restarts: the job journal and calibration artefacts.")
    secrets_dir: Path | None = Field(None, description="Folder with the device's credentials, one file each.")
    plugins_dir: Path | None = Field(None, description="Folder with further drivers, each a file *_driver.py.")
    memory_bytes: int | None = Field(
        None, ge=64 * 1024**2, description="Memory of all workers together; 80 % of what the container has where unset."
    )
    instance: str = Field(
        "", max_length=253, description="UID of the pod this sidecar runs in; without it there is no fence."
    )
    untold_grace_seconds: float | None = Field(
        None,
        ge=0,
        description="As QDM_GRACE_SECONDS, as long as no client told how long the pod is given; default: the same.",
    )
    fence_seconds: float = Field(
        15,
        gt=0,
        le=600,
        description="With an instance: seconds after the last heartbeat that facade or operator acknowledged, after "
        "which no work starts and what runs is cancelled.",
    )
    heartbeat_seconds: float = Field(
        2,
        gt=0,
        le=60,
        description="Longest silence on a Watch stream; with an instance at most a quarter of fence_seconds.",
    )
