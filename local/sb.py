"""`./sb local …` and `./sb ops …`: the scripts sb and sb.cmd start this file by the Python of .venv."""

import runpy
import sys
from pathlib import Path

USAGE = """Usage: ./sb local COMMAND …   the local stack: run, call, text, push, events, …
       ./sb ops COMMAND …     an app in Azure, or the local stack with --local: doctor, deliveries, …
--help after any of it says more."""
COMMANDS = ("local", "ops")


def main(arguments: "list[str]") -> None:
    """Run the commands of one package. The current folder is not on the path: a folder `local` there is not ours."""
    if not arguments or arguments[0] not in COMMANDS:
        is_help = arguments[:1] in (["--help"], ["-h"])
        print(USAGE, file=sys.stdout if is_help else sys.stderr)
        sys.exit(0 if is_help else 2)
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    sys.argv = ["sb", *arguments[1:]]
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
