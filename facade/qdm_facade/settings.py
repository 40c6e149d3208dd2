"""What a facade can be told by its environment."""

from pathlib import Path

from pydantic import Field

from qdm_common.settings import ServerSettings


class FacadeSettings(ServerSettings):
    """Settings of a facade; which devices there are stands in ``routes_file`` or is known by a cluster."""

    routes_file: Path | None = Field(
        None,
        description="JSON file with the address of every device's sidecar; where unset, they are followed in the "
        "cluster that KUBECONFIG names, or that this facade runs in.",
    )
    namespace: str = Field(
        "", description="Without routes_file: namespace whose devices are served; all namespaces where empty."
    )
    silence_seconds: float = Field(
        10, gt=0, le=600, description="A sidecar that says nothing for longer counts as unreachable."
    )
    max_connection_age_seconds: float | None = Field(
        None,
        ge=1,
        description="Age at which a client is asked to connect anew, so that a roll finds it elsewhere; default: none.",
    )
    drain_seconds: float = Field(
        35,
        ge=0,
        description="Seconds to serve on after a stop was asked for, NOT_SERVING; more than max_connection_age_seconds "
        "and the tenth that gRPC adds to it, so that every client has left.",
    )
