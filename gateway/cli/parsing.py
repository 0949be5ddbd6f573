"""Reading the command line: argparse, which also says what a mistyped word may have been meant to be."""

from __future__ import annotations

import argparse
import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Parser(argparse.ArgumentParser):
    """A parser of one command, or of the words before it.

    An option that a command does not have is told before anything else, since it is often the reason for what
    argparse would tell: an argument that is missing.
    """

    def parse_known_args(  # type: ignore[override]  # typeshed has an overload for each kind of namespace
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse, unless an option is unknown: then exit with 2 and one line."""
        words = list(sys.argv[1:] if args is None else args)
        for option in self._unknown(words):
            meant = _meant(option, self._options())
            self.error(f"{self.prog} does not know {option}{meant}; see `{self.prog} --help`")
        return super().parse_known_args(words, namespace)

    def error(self, message: str) -> NoReturn:
        """Exit with 2, usage and one line; a command that is not there is told with those that are like it."""
        commands = [
            name for action in self._actions if isinstance(action.choices, dict) for name in action.choices
        ]
        mark = "invalid choice: '"
        if commands and mark in message:
            word = message.split(mark, 1)[1].split("'", 1)[0]
            if word not in commands:
                message = (
                    f"there is no command {word}{_meant(word, commands)}; there are {', '.join(commands)}"
                )
        super().error(message)

    def _options(self) -> list[str]:
        return [option for option in self._option_string_actions if option.startswith("--")]

    def _unknown(self, words: Iterable[str]) -> Iterable[str]:
        """Give the long options of this command that it does not have; a value never begins with two hyphens.

        Words behind the name of a command are that command's.
        """
        known = self._options()
        for word in words:
            if word == "--" or (self._subparsers is not None and not word.startswith("-")):
                return
            option = word.split("=", 1)[0]
            if option.startswith("--") and not any(name.startswith(option) for name in known):
                yield option


def _meant(word: str, names: Sequence[str]) -> str:
    close = get_close_matches(word, names, n=2)
    return f" (did you mean {' or '.join(close)}?)" if close else ""
