"""Envoy's configuration: which calls go where, what is tried again, and how clients are spoken to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_TYPES: Final = "type.googleapis.com/envoy.extensions"
_MANAGER: Final = f"{_TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager"
_ROUTER: Final = f"{_TYPES}.filters.http.router.v3.Router"
_HTTP: Final = f"{_TYPES}.upstreams.http.v3.HttpProtocolOptions"
_TLS: Final = f"{_TYPES}.transport_sockets.tls.v3.DownstreamTlsContext"

_NEVER_REACHED: Final = "connect-failure,refused-stream"
_NOT_DONE: Final = f"{_NEVER_REACHED},unavailable,reset"
# Some ten seconds together: a service that was killed is back in less.
_RETRIES: Final = 12
_BACK_OFF: Final = {"base_interval": "0.2s", "max_interval": "2s"}
# Envoy's own limits are made for many machines: three retries at a time are none while a service restarts.
_PLENTY: Final = 10_000


@dataclass(frozen=True, slots=True)
class Route:
    """Calls that one service answers."""

    name: str
    """Of the service, for Envoy's log."""
    prefixes: tuple[str, ...]
    """How the paths of these calls begin."""
    address: str
    """host:port."""
    once: tuple[str, ...] = ()
    """Paths of calls that are not repeated once they have reached the service."""
    health: str | None = None
    """The name that the service's health is asked for; None asks for none."""


@dataclass(frozen=True, slots=True)
class Tls:
    """How clients are spoken to in secret."""

    certificate: Path
    key: Path
    client_authority: Path | None = None
    """PEM: only clients with a certificate of this authority are spoken to."""


def configuration(listen: str, routes: Sequence[Route], tls: Tls | None = None) -> dict[str, Any]:
    """Return the configuration of one listener at host:port before the services."""
    return {
        "static_resources": {
            "listeners": [_listener(listen, routes, tls)],
            "clusters": [_cluster(route) for route in routes],
        }
    }


def _listener(listen: str, routes: Sequence[Route], tls: Tls | None) -> dict[str, Any]:
    manager = {
        "@type": _MANAGER,
        "stat_prefix": "entry",
        "stream_idle_timeout": "0s",  # whoever watches stories may hear nothing for hours
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "services",
                    "domains": ["*"],
                    "routes": [match for route in routes for match in _matches(route)],
                }
            ]
        },
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": {"@type": _ROUTER}}],
    }
    chain: dict[str, Any] = {
        "filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]
    }
    if tls:
        chain["transport_socket"] = _transport(tls)
    # Two servers on one port would silently share its calls.
    return {
        "name": "entry",
        "address": _address(listen),
        "enable_reuse_port": False,
        "filter_chains": [chain],
    }


def _matches(route: Route) -> list[dict[str, Any]]:
    """Return the ways to one service, those of calls that must not be repeated first."""
    once = [_way({"path": path}, route.name, _NEVER_REACHED) for path in route.once]
    return once + [_way({"prefix": prefix}, route.name, _NOT_DONE) for prefix in route.prefixes]


def _way(match: dict[str, str], cluster: str, retry_on: str) -> dict[str, Any]:
    retry = {"retry_on": retry_on, "num_retries": _RETRIES, "retry_back_off": _BACK_OFF}
    # No timeout: services have their own, by method.
    return {"match": match, "route": {"cluster": cluster, "timeout": "0s", "retry_policy": retry}}


def _cluster(route: Route) -> dict[str, Any]:
    endpoint = {"endpoint": {"address": _address(route.address)}}
    limits = ("max_connections", "max_pending_requests", "max_requests", "max_retries")
    cluster: dict[str, Any] = {
        "name": route.name,
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": route.name, "endpoints": [{"lb_endpoints": [endpoint]}]},
        "circuit_breakers": {"thresholds": [dict.fromkeys(limits, _PLENTY)]},
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": _HTTP,
                "explicit_http_config": {"http2_protocol_options": {}},
            }
        },
    }
    if route.health is not None:
        cluster["health_checks"] = [
            {
                "timeout": "2s",
                "interval": "2s",
                "no_traffic_interval": "2s",
                "unhealthy_threshold": 1,
                "healthy_threshold": 1,
                "grpc_health_check": {"service_name": route.health},
            }
        ]
    return cluster


def _address(address: str) -> dict[str, Any]:
    host, _, port = address.rpartition(":")
    host = {"localhost": "127.0.0.1"}.get(host, host.strip("[]"))
    return {"socket_address": {"address": host, "port_value": int(port)}}


def _transport(tls: Tls) -> dict[str, Any]:
    pair = {
        "certificate_chain": {"filename": str(tls.certificate)},
        "private_key": {"filename": str(tls.key)},
    }
    spoken: dict[str, Any] = {"tls_certificates": [pair], "alpn_protocols": ["h2"]}
    context: dict[str, Any] = {"@type": _TLS, "common_tls_context": spoken}
    if tls.client_authority:
        spoken["validation_context"] = {"trusted_ca": {"filename": str(tls.client_authority)}}
        context["require_client_certificate"] = True
    return {"name": "envoy.transport_sockets.tls", "typed_config": context}
