"""Keeps the servers of replicas on loopback."""

from typing import Any

from ray.serve._private import replica


def listen_on_loopback() -> None:
    """Makes the gRPC server of a replica listen on loopback only; Ray Serve starts it after the replica's constructor.

    Ray Serve has no setting for its address.
    """
    add_port = replica.add_port_to_grpc_server

    def add_loopback_port(server: Any, address: str) -> int:
        port: int = add_port(server, address.replace("[::]", "127.0.0.1"))
        return port

    replica.add_port_to_grpc_server = add_loopback_port
