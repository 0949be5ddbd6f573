"""A tree to bytes: exact columns, padded by class, 80 characters each, no line ends.

`write` is mechanical: what was read gives its own characters, what was made is laid out
from the tables. `envelop` does the thinking: it makes A, B, Y and Z, counts, and makes
texts fit, with a finding for each text it had to change.

Options of an `Envelope` that this format knows: `edi_specs/options.csv`.

For an answer (SX, AX ...) the receiver of the envelope takes the sender's place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.finding import Finding, Layer
from gateway.formats.catair.complete import complete
from gateway.formats.catair.nodes import RecordNode
from gateway.formats.catair.record import compose
from gateway.formats.catair.text import fit, fits
from gateway.specs import SpecError, catair
from gateway.specs.catair_fields import WIDTH
from gateway.specs.letters import letters
from gateway.tree import Draft, Interchange, Node, Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.specs import Specs
    from gateway.specs.catair import CatairSpec
    from gateway.specs.catair_fields import Record
    from gateway.tree import Envelope


# Entries of these districts may stand in one block (catair.md 3.1).
MIXED_DISTRICTS = frozenset({"10", "46", "47"})


def write(interchange: Interchange, specs: Specs) -> bytes:
    """Write a tree. What was read strictly gives the same bytes again."""
    direction = interchange.frame.get("direction", "in")
    control = catair.envelope(specs.root, direction)
    known = {id(each.root): each for each in interchange.transactions}
    parts: list[str] = []

    def emit(node: Node, records: Mapping[str, Record]) -> None:
        transaction = known.get(id(node))
        if transaction is not None:
            spec = specs.message("catair", transaction.message, transaction.version)
            if not isinstance(spec, catair.CatairSpec):
                raise SpecError("catair", 0, f"no tables for {transaction.message} {transaction.version}")
            records = spec.records
        elif isinstance(node, RecordNode):
            parts.append(node.text)
        elif node.values or not node.children:
            parts.append(_as_read(node) or record_text(node, records))
        for child in node.children:
            emit(child, records)

    for child in interchange.root.children:
        emit(child, control)
    return "".join(parts).encode("latin-1", "replace")


def _as_read(node: Node) -> str:
    """Give the text of a record that is as it was read, "" for one that has to be laid out."""
    source = node.source if isinstance(node, Draft) else None
    if not isinstance(source, RecordNode) or source.form is None or not source.form.exact:
        return ""
    return source.text if source.values == node.values else ""


def record_text(node: Node, records: Mapping[str, Record]) -> str:
    """Lay out one record of a node that was made or kept; one that no table has (UNKNOWN too) has its text."""
    if node.name not in records:
        return node.get("1-80").ljust(WIDTH)[:WIDTH]
    return compose(records[node.name], node.values, node.layout)


def envelop(
    message: str, version: str, bodies: Sequence[Node], envelope: Envelope, specs: Specs
) -> Interchange:
    """Wrap transactions in one batch of one block; texts are made to fit and each change is told.

    SpecError where there are no tables for the message and version.
    """
    spec = specs.message("catair", message, version)
    if not isinstance(spec, catair.CatairSpec):
        raise SpecError("catair", 0, f"no tables for {message} {version}")
    findings: list[Finding] = []
    table = letters(specs.root)
    for index, body in enumerate(bodies):
        findings.extend(complete(body, spec, envelope, specs.root, index))
        if not _fits(body, spec):
            findings.extend(_fit_all(body, spec, table, index, ""))
    head = _header(spec, bodies)
    records = _control_records(spec, envelope, head, sum(_count(body) for body in bodies))
    block = Node("B", children=[records["B"], *bodies, records["Y"]])
    root = Node("CATAIR", children=[records["A"], block, records["Z"]])
    outward = spec.application.direction == "out"
    ours = records["A"].get("2-5") + records["A"].get("6-8")
    return Interchange(
        format="catair",
        root=root,
        transactions=[
            Transaction(message=message, version=version, control=str(index + 1), root=body)
            for index, body in enumerate(bodies)
        ],
        separator=":",
        sender="CBP" if outward else ours,
        receiver=ours if outward else "CBP",
        control=records["A"].get("60-80").strip(),
        frame={"direction": spec.application.direction},
        findings=findings,
    )


def _header(spec: CatairSpec, bodies: Sequence[Node]) -> dict[str, str]:
    """Give port and filer as the first transaction's header has them."""
    if not bodies or not bodies[0].children:
        return {}
    leader: Node = bodies[0].children[0]
    while leader.children and not leader.values:
        leader = leader.children[0]
    record = spec.records.get(leader.name)
    found: dict[str, str] = {}
    for field in record.leaves().values() if record is not None else ():
        if field.shape_name in {"port", "filer"} and leader.get(field.key):
            found.setdefault(field.shape_name, leader.get(field.key))
    return found


def _processing_port(usual: str, own: str) -> str:
    """Give the port that processes a block: the usual one, but that of the entry where its district is another (B10)."""
    districts = {usual[:2], own[:2]}
    if usual and (not own or len(districts) == 1 or districts <= MIXED_DISTRICTS):
        return usual
    return own[:4] or usual


def _control_records(
    spec: CatairSpec, envelope: Envelope, head: Mapping[str, str], count: int
) -> dict[str, Node]:
    options = envelope.options
    application = spec.application
    outward, eman = application.direction == "out", application.dialect == "eman"
    party = envelope.receiver if outward else envelope.sender
    port = _processing_port(options.get("port", ""), "" if eman else head.get("port", ""))
    filer = options.get("filer") or head.get("filer", "")
    if eman and not outward:
        # An in-bond record has no filer; port and filer are those that transmit.
        port, filer = port or party[:4], filer or party[4:7]
    site = options.get("site") or port or party[:4]
    sender = options.get("id") or filer or party[4:7]
    password = options.get("password", "")
    office = options.get("office", "")
    date = _date(envelope.at)
    text = (options.get("correlation") or f"GW-{envelope.control:07d}").upper()[:21]
    if eman:
        # In-bond gives back only columns 70 to 80 (catair.md 1).
        text = text[:11].rjust(21)
    a = {
        "2-5": site,
        "6-8": sender,
        "9-14": password if eman or not outward else "",
        "15-20": date,
        "26-27": "" if outward and eman else application.name,
        "38-39": office,
        "60-80": text,
    }
    b = {"4-7": port, "8-10": filer, "11-12": application.name, "45-46": office, "60-80": text}
    y = {key: b[key] for key in ("4-7", "8-10", "11-12", "45-46")}
    if outward or eman:
        y["13-17"] = f"{count:05d}"
    z = {key: a[key] for key in ("2-5", "6-8", "15-20", "38-39")}
    if eman:
        z["9-14"] = a["9-14"]
    made = {"A": a, "B": b, "Y": y, "Z": z}
    return {
        name: Node(name, {key: value for key, value in values.items() if value})
        for name, values in made.items()
    }


def _date(instant: str) -> str:
    """Give MMDDYY of an ISO instant or date, "" where it is neither."""
    day = instant[:10]
    if len(day) != 10 or not (day[:4] + day[5:7] + day[8:]).isdigit():
        return ""
    return day[5:7] + day[8:] + day[2:4]


def _count(node: Node) -> int:
    """Count the records of a tree."""
    if isinstance(node, RecordNode):
        return 1
    count = 1 if node.values or not node.children else 0
    for child in node.children:
        count += _count(child)
    return count


def _fits(node: Node, spec: CatairSpec) -> bool:
    """Tell at one look that every text of a tree fits; False where a closer look is needed."""
    if node.values and not isinstance(node, RecordNode):
        record = spec.records.get(node.name)
        if record is not None and not fits(record.room, node.values):
            return False
    for child in node.children:  # noqa: SIM110 - a generator costs more than the look
        if not _fits(child, spec):
            return False
    return True


def _fit_all(
    node: Node, spec: CatairSpec, table: Mapping[str, str], index: int, prefix: str
) -> Iterator[Finding]:
    """Make the texts of a tree that was made fit their fields, in place."""
    record = None if isinstance(node, RecordNode) else spec.records.get(node.name)
    if record is not None:
        fields = record.leaves()
        for key, text in list(node.values.items()):
            field = fields.get(key.partition("#")[0])
            if field is None or fits(record.room, {key: text}):
                continue
            fitted = fit(field, text, table)
            if fitted.text != text:
                node.values[key] = fitted.text
            if fitted.problem:
                yield Finding(
                    code=f"catair.{spec.message}.{spec.version}/{node.name}:{key}/{fitted.problem}",
                    message=fitted.message,
                    severity=fitted.severity,
                    layer=Layer.SCHEMA,
                    clause=f"cbp.{spec.message.lower()}.{spec.version}/{node.name}:{key}",
                    place=f"{prefix or node.name}:{key}",
                    expected=fitted.text,
                    actual=text,
                    transaction=index,
                )
    seen: dict[str, int] = {}
    for child in node.children:
        seen[child.name] = seen.get(child.name, 0) + 1
        step = child.name if seen[child.name] < 2 else f"{child.name}[{seen[child.name]}]"
        if child.name == node.name and child is node.children[0]:
            path = prefix
        else:
            path = f"{prefix}/{step}" if prefix else step
        yield from _fit_all(child, spec, table, index, path)
