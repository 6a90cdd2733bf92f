"""repoctx from Python: pack, search, ask, apply and undo, with no key and no network.

    python examples/api.py

It works on a copy of ``examples/shop`` in a temporary folder.
"""

import shutil
import sys
import tempfile
from pathlib import Path

import repoctx
from repoctx.events import Applied, Failed, Finished, TextDelta
from repoctx.session import Question, accept_all

CHECK = f"{sys.executable} -m unittest discover -s tests -t ."


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(folder) / "shop"
        shutil.copytree(Path(__file__).parent / "shop", shop)
        session = repoctx.open_session(shop)

        text = repoctx.pack(shop)
        print(f"The whole context has {len(text):,} characters.")

        best = session.project.search("discount of a large order")[0]
        print(f"The best place is {best.path}:{best.line}.")

        question = Question(
            "An order of exactly the limit should get the discount.",
            check=CHECK,
            review=accept_all,
        )
        for event in session.ask(question):
            match event:
                case TextDelta(text):
                    print(text, end="")
                case Applied(_, files):
                    print(f"\nApplied to {', '.join(files)}.")
                case Finished(status, _, message):
                    print(f"{status}: {message}")
                case Failed(message, hint, code):
                    print(f"{message} ({hint})", file=sys.stderr)
                    raise SystemExit(code)

        repoctx.undo(shop)
        print("Taken back.")


if __name__ == "__main__":
    main()
