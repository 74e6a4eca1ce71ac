"""Importing a library without another one that it would take along if it found it."""

import importlib
import sys


def import_without(module: str, *others: str) -> None:
    """Import a module as if the others were not installed; they can be imported afterwards.

    A name that is None in `sys.modules` is, by the language reference, one that cannot be found.
    What was loaded before stays loaded.
    """
    hidden = {name: None for name in others if name not in sys.modules}
    sys.modules.update(hidden)  # type: ignore[arg-type] # see above
    try:
        importlib.import_module(module)
    finally:
        for name in hidden:
            del sys.modules[name]
