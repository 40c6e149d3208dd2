"""Envoy as a plain proxy of gRPC calls: what the facade's cost is held against."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import grpc
from processes import OPTIONS, program

HTTP = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
ROUTER = "envoy.extensions.filters.http.router.v3.Router"
UPSTREAM = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
READY_SECONDS = 30.0

Json = dict[str, object]


@contextmanager
def envoy_to(sidecar: str) -> Iterator[tuple[str, int]]:
    """Runs Envoy in front of a Unix socket; yields its address and its process."""
    with TemporaryDirectory() as name:
        socket, file = f"{name}/envoy.s", Path(name) / "envoy.json"
        file.write_text(json.dumps(_configuration(socket, sidecar.removeprefix("unix:"))))
        command: list[str | Path] = [
            Path(sys.executable).parent / "envoy",
            "-c",
            file,
            "-l",
            "error",
            "--disable-hot-restart",
        ]
        with program(command, os.environ) as process:
            with grpc.insecure_channel(f"unix:{socket}", OPTIONS) as channel:
                grpc.channel_ready_future(channel).result(READY_SECONDS)
            yield f"unix:{socket}", process.pid


def _configuration(socket: str, sidecar: str) -> Json:
    everything = {"match": {"prefix": "/"}, "route": {"cluster": "sidecar", "timeout": "0s"}}
    manager = {
        **_typed(HTTP),
        "stat_prefix": "qdm",
        "codec_type": "HTTP2",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [everything]}]},
        "http_filters": [{"name": "router", "typed_config": _typed(ROUTER)}],
    }
    listener = {
        "address": _pipe(socket),
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }
    cluster = {
        "name": "sidecar",
        "load_assignment": {
            "cluster_name": "sidecar",
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _pipe(sidecar)}}]}],
        },
        "typed_extension_protocol_options": {
            UPSTREAM: {**_typed(UPSTREAM), "explicit_http_config": {"http2_protocol_options": {}}}
        },
    }
    return {"static_resources": {"listeners": [listener], "clusters": [cluster]}}


def _pipe(path: str) -> Json:
    return {"pipe": {"path": path}}


def _typed(name: str) -> Mapping[str, object]:
    return {"@type": f"type.googleapis.com/{name}"}
