import socket

import pytest

from server.development.ports import require_free_ports
from server.start_error import StartError


def test_a_free_port_is_fine() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    require_free_ports("127.0.0.1", {"PORT": port})


def test_each_port_in_use_is_one_line_that_says_how_to_move_it() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
    ):
        ports = {"PORT": one.getsockname()[1], "SEATWISE_SANDBOX_PORT": two.getsockname()[1]}
        with pytest.raises(StartError) as refusal:
            require_free_ports("127.0.0.1", ports)
    assert str(refusal.value).splitlines() == [
        f"port {port} is in use; choose another one with {setting}=..."
        for setting, port in ports.items()
    ]


def test_two_programs_cannot_have_one_port() -> None:
    with pytest.raises(StartError, match="PORT and SEATWISE_SANDBOX_PORT are the same port"):
        require_free_ports("127.0.0.1", {"PORT": 65001, "SEATWISE_SANDBOX_PORT": 65001})


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(StartError, match=r"cannot listen on 192\.0\.2\.1"):
        require_free_ports("192.0.2.1", {"PORT": 65001})
