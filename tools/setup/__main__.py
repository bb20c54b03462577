"""`python3 -m tools.setup run`: what the hub needs. `test`: what tests and checks need as well."""

import sys

from tools.setup import machine, steps

if sys.version_info < (3, 11):  # noqa: UP036  this runs on whatever Python the machine has
    sys.exit("Python 3.11 or newer is needed: install it, or name one with `make PYTHON=…`.")


def main(purpose: str) -> int:
    """In the order in which the parts need each other."""
    testing = purpose == "test"
    try:
        machine.require_libraries()
        steps.python_packages("requirements-dev.txt" if testing else "requirements.txt")
        if (steps.WEB / "package.json").exists():
            _web_client(testing)
        if testing:
            machine.require_browser()
            machine.require_network_tools()
            machine.wish_for_firefox()
    except steps.SetupError as trouble:
        print(trouble, file=sys.stderr)
        return 1
    return 0


def _web_client(testing: bool) -> None:
    """Tests run in the sources' own tool chain, so they need the packages even when the build is current."""
    current = steps.web_client_is_current()
    if current and not testing:
        return
    machine.require_node()
    steps.web_packages()
    if not current:
        steps.build_web_client()


sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "run"))
