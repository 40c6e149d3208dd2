"""What an operator can be told by its environment."""

import socket

from pydantic import Field

from qdm_common.settings import ServerSettings


class OperatorSettings(ServerSettings):
    """Settings of an operator; KUBECONFIG, where set, names the cluster."""

    sidecar_image: str = Field(
        min_length=1, description="Image of a new sidecar pod whose device names none; running pods keep theirs."
    )
    namespace: str = Field("", description="Namespace whose devices are looked after; all namespaces where empty.")
    lease_namespace: str = Field("default", min_length=1, description="Namespace of the Lease that elects a leader.")
    identity: str = Field(
        default_factory=socket.gethostname, min_length=1, description="Name of this replica; no other may have it."
    )
    resync_seconds: float = Field(
        60, ge=1, description="Longest time between two looks at everything, beside what watching tells."
    )
