"""A device's availability between the manifest's words and the numbers on the wire."""

from qdm_common.manifest import Availability
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2

TO_WIRE = {
    Availability.ONLINE: sidecar_pb2.AVAILABILITY_ONLINE,
    Availability.MAINTENANCE: sidecar_pb2.AVAILABILITY_MAINTENANCE,
    Availability.OFFLINE: sidecar_pb2.AVAILABILITY_OFFLINE,
}
FROM_WIRE = {number: availability for availability, number in TO_WIRE.items()}
