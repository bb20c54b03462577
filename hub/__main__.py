"""`python -m hub`: run a node. `python -m hub admin|keys|log|audit|turn|calls …`: the operator's commands."""

import argparse
import errno
import sys
from typing import Final

from hub import admin
from hub.app import open_store, serve
from hub.audit.keys import AuditKeys
from hub.audit.verify import verify
from hub.bus.indexes import META
from hub.bus.meta import LogMeta
from hub.engine import loop
from hub.logs import configure
from hub.mongo.embedded import EmbeddedMongoError
from hub.node import Node
from hub.schema import prepare
from hub.settings import Settings, SettingsError, read_settings
from hub.turn import commands as turn

BAD_SETTINGS: Final = 2


def main(arguments: list[str] | None = None) -> int:
    """Parse, run, and answer the process's exit status."""
    chosen = _parser().parse_args(arguments)
    try:
        settings = read_settings()
    except SettingsError as error:
        print("The hub cannot start with these settings:", *error.problems, sep="\n  - ", file=sys.stderr)
        return BAD_SETTINGS
    configure(settings.log_level, console=settings.development and sys.stderr.isatty())
    try:
        status: int = loop.run(chosen.run(settings, chosen))
    except EmbeddedMongoError as error:
        print(f"The database cannot start: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        print(f"Port {settings.port} is taken: stop what listens there, or set PORT.", file=sys.stderr)
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m hub", description="The Carewire hub.")
    parser.set_defaults(run=_serve)
    commands = parser.add_subparsers(metavar="command")
    make = commands.add_parser("admin", help="administrators").add_subparsers(required=True, metavar="command")
    create = make.add_parser("create", help="make an administrator; asks for the password, or reads it from stdin")
    create.add_argument("--email", required=True)
    create.add_argument("--name", required=True)
    create.set_defaults(run=_create_admin)
    keys = commands.add_parser("keys", help="key material").add_subparsers(required=True, metavar="command")
    keys.add_parser("rotate", help="re-encrypt contact fields with the current key").set_defaults(run=_rotate_keys)
    log = commands.add_parser("log", help="the event log").add_subparsers(required=True, metavar="command")
    renew = log.add_parser("renew-epoch", help="after a restore: every client discards its copies and starts anew")
    renew.set_defaults(run=_renew_epoch)
    audit = commands.add_parser("audit", help="audit chains").add_subparsers(required=True, metavar="command")
    audit.add_parser("verify", help="find edits, deletions, reorderings and truncation").set_defaults(run=_verify_audit)
    turn.add_commands(commands)
    return parser


async def _serve(settings: Settings, chosen: argparse.Namespace) -> int:
    await serve(settings)
    return 0


async def _create_admin(settings: Settings, chosen: argparse.Namespace) -> int:
    password = admin.read_password()
    async with open_store(settings, join=True) as store:
        await prepare(store.database)
        accounts = Node(settings.node(), store.client, store.database).accounts
        print(await admin.create_admin(accounts.creation, chosen.email, chosen.name, password))
    return 0


async def _rotate_keys(settings: Settings, chosen: argparse.Namespace) -> int:
    async with open_store(settings, join=True) as store:
        await prepare(store.database)
        accounts = Node(settings.node(), store.client, store.database).accounts
        print(await admin.rotate_keys(accounts.cipher))
    return 0


async def _renew_epoch(settings: Settings, chosen: argparse.Namespace) -> int:
    async with open_store(settings, join=True) as store:
        print(f"The log is now of epoch {await LogMeta(store.database[META]).renew_epoch()}.")
    return 0


async def _verify_audit(settings: Settings, chosen: argparse.Namespace) -> int:
    async with open_store(settings, join=True) as store:
        report = await verify(store.database, AuditKeys(settings.node().audit_secret), settings.seals)
    print(report.text())
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
