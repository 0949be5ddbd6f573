"""`gateway conformance run` and `replay`: judge a target, write `results.jsonl`, tell what failed.

Lives here: the command's own flow and its exit status. Never here: options (`gateway/cli`), the
work itself (`runner.py`).
"""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from gateway.conformance import again, catalogue, results, runner, text
from gateway.conformance.model import BROKEN, NONCONFORMING, PASSED, UNJUDGED, USAGE, Verdict
from gateway.conformance.progress import Progress
from gateway.conformance.targets import version_of
from gateway.shell.versions import version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from gateway.conformance.results import Writer
    from gateway.conformance.runner import Order

_TOLD = {Verdict.FAIL, Verdict.ERROR, Verdict.FIXED}
SHOWN_MAX = 20
CORES = 4


@dataclass(frozen=True, slots=True)
class Options:
    """How a run is written and told. `out` may be `-`. `fail_max` 0 is no limit."""

    out: str = "conformance-results.jsonl"
    strict: bool = False
    fail_max: int = 0
    resume: bool = False
    quiet: bool = False
    verbose: bool = False
    colour: bool = False
    words: tuple[str, ...] = field(default=())


def header(order: Order, options: Options) -> dict[str, Any]:
    """Give the first line of the results: what judged, what was judged, with what."""
    return {
        "conformance": results.FORMAT,
        "at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "suite": version(),
        "specs": catalogue.tables_digest(order.root),
        "target": {"name": order.target.split("://")[0] if "://" in order.target else order.target.partition(":")[0],
                   "address": _shown(order.target), "version": version_of(order.target)},
        "profile": order.profile.as_json(),
        "seed": order.seed,
        "select": list(options.words),
        "strict": options.strict,
        **({"sample": order.one_in} if order.one_in > 1 else {}),
    }  # fmt: skip


def _shown(target: str) -> str:
    """Give a target without a password that may stand in its address."""
    scheme, mark, rest = target.partition("://")
    if not mark:
        return target
    return f"{scheme}://{rest.rpartition('@')[2]}"


def run(order: Order, options: Options) -> tuple[int, str, bool]:
    """Run, write the results and tell them; give the exit status, the results' path and whether they are whole."""
    if order.target.startswith("sender:"):
        from gateway.conformance import sender  # noqa: PLC0415 - it writes its results as this module does

        return sender.run(order, options)
    head = header(order, options)
    path = Path(options.out)
    before = None
    if options.resume and options.out != "-" and path.exists():
        before = results.partial(path, head)
    there = Counter(plain["case"].partition("/")[0] for _, plain in before.lines) if before else None
    slices = runner.plan(order, there)
    progress = Progress(len(slices), quiet=options.quiet)
    writer: Writer | None = None
    try:
        with output(options, before) as file:
            writer = results.Writer(file, before.header if before else head)
            if before is None:
                writer.begin()
            for line, plain in before.lines if before else ():
                writer.keep(line, plain)
            stopped = _judge_all(order, slices, options, writer, progress)
            footer = None if _asks_again(options, writer, stopped) else writer.close(stopped)
        if footer is None:
            footer = _once_more(order, options, writer)
    except KeyboardInterrupt:
        progress.end()
        if writer is None:
            raise
        more = "" if options.out == "-" else "; the same command with --resume takes the run up again"
        sys.stderr.write(f"stopped after {writer.counts.total} cases{more}\n")
        return UNJUDGED, options.out, False
    seconds = progress.end()
    tell_counts(footer, options, seconds)
    if order.target == "library" and order.jobs < CORES and not options.quiet and seconds > order.jobs:
        # The goal is stated for four cores; what fewer need is told as these would.
        sys.stderr.write(f"{seconds * order.jobs / CORES:.0f} s on {CORES} cores, scaled from {order.jobs}\n")
    if not writer.counts.total and order.selection.exact is None:
        sys.stderr.write("nothing was judged: the selection leaves no case\n")
        return USAGE, options.out, True
    return status(footer["counts"], strict=options.strict), options.out, True


def _judge_all(
    order: Order, slices: list[runner.Slice], options: Options, writer: Writer, progress: Progress
) -> str:
    """Write each line as it comes; say why it stopped before the end, "" where it did not."""
    for lines in _lines(order, slices, progress):
        for line, plain in lines:
            writer.add(line, plain)
            if options.out == "-" or not plain.get("overtime"):
                tell(plain, options, writer)
            if options.fail_max and _failed(options, writer) >= options.fail_max:
                return f"after {options.fail_max} failure{'s' if options.fail_max > 1 else ''}"
        writer.file.flush()
    return ""


def _failed(options: Options, writer: Writer) -> int:
    """Count the failures; one that was over its time is asked again before it is one."""
    late = 0 if options.out == "-" else list(writer.overtime.values()).count(Verdict.FAIL)
    return writer.counts.verdicts[Verdict.FAIL] - late


def _asks_again(options: Options, writer: Writer, stopped: str) -> bool:
    return bool(writer.overtime) and not stopped and options.out != "-"


def _once_more(order: Order, options: Options, writer: Writer) -> dict[str, Any]:
    """Ask what was over its time once more, alone, and write the results with that; give the footer."""
    path, ids = Path(options.out), list(writer.overtime)
    if not options.quiet:
        sys.stderr.write(f"{len(ids)} were over their time; asked once more, one by one\n")
    lines = again.asked(order, ids)
    with again.rewritten(path, writer.header, lines) as whole:
        for plain in whole.late:
            tell(plain, options, whole.writer)
        return whole.writer.close()


def output(options: Options, before: results.Partial | None) -> AbstractContextManager[IO[str]]:
    """Open the results, after the last whole line where a run is taken up again."""
    if options.out == "-":
        return nullcontext(sys.stdout)
    path = Path(options.out)
    if before is not None:
        with path.open("r+b") as file:
            file.truncate(before.size)
    try:
        return path.open("w" if before is None else "a", encoding="utf-8", newline="\n")
    except OSError as error:
        raise results.ResultsError(f"{path}: {error.strerror}") from error


def _lines(
    order: Order, slices: list[runner.Slice], progress: Progress
) -> Iterator[tuple[tuple[str, dict[str, Any]], ...]]:
    for done in runner.run(order, slices):
        verdicts = Counter(plain["verdict"] for _, plain in done.lines)
        progress.step(len(done.lines), verdicts[Verdict.FAIL], verdicts[Verdict.ERROR])
        yield done.lines


def tell(plain: dict[str, Any], options: Options, writer: Writer) -> None:
    """Print a case that did not pass; after some, only with --verbose."""
    if plain["verdict"] not in _TOLD or options.quiet or options.out == "-":
        return
    told = sum(writer.counts.verdicts[verdict] for verdict in _TOLD)
    if told > SHOWN_MAX and not options.verbose:
        return
    lines = text.block(plain, options.out)
    if options.colour:
        lines[0] = f"\x1b[31m{lines[0][:5]}\x1b[0m{lines[0][5:]}"
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[2K")
        sys.stderr.flush()
    sys.stdout.write("\n".join(lines) + "\n\n")


def tell_counts(footer: dict[str, Any], options: Options, seconds: float) -> None:
    """Print the counts, and where the results are."""
    counts = footer["counts"]
    stream = sys.stderr if options.out == "-" else sys.stdout
    told = sum(counts[verdict.value] for verdict in _TOLD)
    if told > SHOWN_MAX and not options.verbose and not options.quiet and options.out != "-":
        stream.write(f"... and {told - SHOWN_MAX} more; --verbose shows all, --html draws them\n\n")
    ended = f", stopped {footer['stopped']}" if "stopped" in footer else ""
    took = f"; {seconds:.1f} s" if seconds else ""
    stream.write(f"{text.summary(counts)}{ended}{took}\n")
    if options.out != "-" and not options.quiet:
        stream.write(f"results: {options.out}\n")


def status(counts: dict[str, Any], *, strict: bool) -> int:
    """Give the exit status of counts; the highest that applies."""
    if counts["broken"]:
        return BROKEN
    if counts["error"]:
        return UNJUDGED
    judged = counts["total"] - counts["skip"] - counts["excluded"]
    if counts["total"] and not judged:
        return UNJUDGED
    failed = counts["failed"]["must"] + (counts["failed"]["should"] if strict else 0)
    return NONCONFORMING if failed or counts["fixed"] or counts["expired"] else PASSED
