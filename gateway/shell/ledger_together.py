"""Operations that are cheaper together: those of one group that are alike run as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from gateway.shell.ledger import Transaction

A = TypeVar("A")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Each(Generic[A, T]):
    """An operation on one thing, of which many may wait at the same time.

    `together` does it for many things and gives as many results, as if one were done after the other.
    """

    together: Callable[[Transaction, Sequence[A]], Sequence[T]]
    item: A

    def __call__(self, tx: Transaction) -> T:
        """Do it for this thing alone."""
        return self.together(tx, (self.item,))[0]


class Job(Protocol):
    """Somebody who waits for an operation."""

    @property
    def operation(self) -> Callable[[Transaction], Any]:
        """What is to be done."""

    result: Any


J = TypeVar("J", bound=Job)


def run(tx: Transaction, jobs: Sequence[J]) -> None:
    """Run operations in their order; those that follow each other and are alike run as one."""
    for together, some in groupby(jobs, key=_together):
        alike = list(some)
        if together is None:
            for job in alike:
                job.result = job.operation(tx)
            continue
        results = together(tx, [_item(job) for job in alike])
        for job, result in zip(alike, results, strict=True):
            job.result = result


def _together(job: Job) -> Callable[[Transaction, Sequence[Any]], Sequence[Any]] | None:
    return job.operation.together if isinstance(job.operation, Each) else None


def _item(job: Job) -> Any:
    return job.operation.item if isinstance(job.operation, Each) else None
