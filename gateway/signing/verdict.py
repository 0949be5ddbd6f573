"""What a verification says: it holds, or why not. It fails closed.

Lives here: the one answer type of every verifier in this package. The bytes that were
signed are handed out only by a verdict that holds, so nobody reads what nobody checked.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.finding import Finding


class SignatureError(Exception):
    """Signed content was asked of a verdict that does not hold. Carries the reasons."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        super().__init__("; ".join(finding.message for finding in findings) or "the signature does not hold")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one verification.

    `findings` are the reasons against; none of them means that it holds. `kid` names the
    key that signed (only when found in the trusted set). `signed` are the bytes under the
    signature; read them through `content`.
    """

    findings: tuple[Finding, ...] = ()
    kid: str = ""
    signed: bytes | None = None

    @property
    def ok(self) -> bool:
        """Tell whether everything holds: no finding against it, and something was signed."""
        return not self.findings and self.signed is not None

    def __bool__(self) -> bool:
        return self.ok

    @property
    def content(self) -> bytes:
        """Give the verified bytes. Raises `SignatureError` when the verdict does not hold."""
        if self.findings or self.signed is None:
            raise SignatureError(self.findings)
        return self.signed

    @property
    def reasons(self) -> tuple[str, ...]:
        """Say in plain words why it does not hold; empty when it does."""
        return tuple(finding.message for finding in self.findings)

    def against(self, *findings: Finding) -> Verdict:
        """Give the same verdict with more reasons against it."""
        return Verdict((*self.findings, *findings), self.kid, self.signed)


def wrong(
    kind: str, place: str, problem: str, message: str, *, expected: object = "", actual: object = ""
) -> Finding:
    """Make one reason: code `signature.<kind>/<place>/<constraint>/<problem>`.

    `kind` is the form with its clause (`jws.rfc7515`), `problem` the last two parts of the
    code (`algorithm/not-allowed`). A stranger's value is cut at 128 characters.
    """
    return Finding(
        code=f"signature.{kind}/{place}/{problem}",
        message=message,
        place=place,
        expected=_cut(expected),
        actual=_cut(actual),
    )


class Refusal(Exception):  # noqa: N818  # it is caught inside this package and becomes a verdict
    """One reason on its way out of a verifier; it never leaves this package."""

    def __init__(
        self, kind: str, place: str, problem: str, message: str, *, expected: object = "", actual: object = ""
    ) -> None:
        finding = wrong(kind, place, problem, message, expected=expected, actual=actual)
        self.verdict = Verdict((finding,))
        super().__init__(message)


def _cut(value: object) -> str:
    text = value if isinstance(value, str) else ascii(value)
    return text if len(text) <= 128 else text[:127] + "…"
