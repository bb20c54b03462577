"""`python -m hub turn config` and `python -m hub calls check`."""

import argparse
import sys
from pathlib import Path
from typing import Final

from hub.settings import Settings
from hub.turn.configuration import TurnServer, configuration
from hub.turn.report import findings, text_of

NOT_DONE: Final = 1


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The verbs and their arguments."""
    turn = commands.add_parser("turn", help="the TURN server").add_subparsers(required=True, metavar="command")
    config = turn.add_parser("config", help="write coturn's configuration to standard output")
    config.add_argument("--external-ip", help="public address behind a NAT, or PUBLIC/PRIVATE")
    config.add_argument("--listen", action="append", default=[], metavar="ADDRESS", help="default: all addresses")
    config.add_argument("--port", type=int, default=3478)
    config.add_argument("--allow", action="append", default=[], metavar="NETWORK", help="a network of yours with peers")
    config.add_argument("--min-port", type=int, default=49_152)
    config.add_argument("--max-port", type=int, default=65_535)
    config.add_argument("--certificate", type=Path, help="PEM; with --key also listens for TLS on 5349")
    config.add_argument("--key", type=Path)
    config.set_defaults(run=write_configuration)
    calls = commands.add_parser("calls", help="calls").add_subparsers(required=True, metavar="command")
    check = calls.add_parser("check", help="try TURN servers, the relay and the folder of recordings")
    check.set_defaults(run=check_calls)


async def write_configuration(settings: Settings, chosen: argparse.Namespace) -> int:
    """Print it; 1 with a sentence if it cannot be made."""
    if not settings.turn_secret:
        print("Set TURN_SECRET first, for example to: openssl rand -hex 32", file=sys.stderr)
        return NOT_DONE
    server = TurnServer(
        secrets=settings.turn_secret,
        realm=settings.turn_realm,
        listen=tuple(chosen.listen),
        port=chosen.port,
        external=chosen.external_ip,
        allowed=tuple(chosen.allow),
        ports=(chosen.min_port, chosen.max_port),
        certificate=chosen.certificate,
        key=chosen.key,
    )
    try:
        print(configuration(server), end="")
    except ValueError as error:
        print(f"This cannot be: {error}", file=sys.stderr)
        return NOT_DONE
    return 0


async def check_calls(settings: Settings, chosen: argparse.Namespace) -> int:
    """Print what was found; 1 if something has to be done."""
    node = settings.node()
    assert node.turn and node.media
    found = await findings(node.turn, node.media, settings.recordings(settings.data_dir))
    print(text_of(found))
    return 0 if all(one.fine for one in found) else NOT_DONE
