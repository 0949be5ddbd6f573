"""The ledger's tables, as a list of steps forward. A step that was released never changes.

They are written in SQLite's words; `ledger_dialect.py` has them in PostgreSQL's. SQLite counts
the steps that a file has seen in `PRAGMA user_version`, PostgreSQL in `ledger_step`. Times are RFC 3339 text in
UTC where people read them, and seconds since 1970 where only the delivery does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.shell.sqlite import SqliteConnection

STEPS: tuple[str, ...] = (
    """
    CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE control(name TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;

    -- Bytes by their SHA-256: inline, or in a file of that name.
    CREATE TABLE body(digest BLOB PRIMARY KEY, bytes INTEGER NOT NULL, data BLOB, file TEXT);

    -- `digest` is of the content as received, `raw` the same where it was compressed;
    -- `body` is what is kept of it: decompressed, passwords masked.
    CREATE TABLE submission(
      seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, partner TEXT NOT NULL, state TEXT NOT NULL,
      digest BLOB NOT NULL, bytes INTEGER NOT NULL, body BLOB NOT NULL, raw BLOB, encoding TEXT NOT NULL,
      masked TEXT NOT NULL,
      media_type TEXT NOT NULL, via TEXT NOT NULL, received_at TEXT NOT NULL, closed_at TEXT,
      format TEXT NOT NULL DEFAULT '', sender TEXT NOT NULL DEFAULT '', receiver TEXT NOT NULL DEFAULT '',
      control TEXT NOT NULL DEFAULT '', findings BLOB, failed INTEGER NOT NULL DEFAULT 0,
      duplicate_of TEXT);
    CREATE INDEX submission_partner ON submission(partner, seq);
    CREATE INDEX submission_digest ON submission(digest);
    CREATE INDEX submission_state ON submission(state, seq) WHERE state <> 'closed';

    CREATE TABLE dedup(
      partner TEXT NOT NULL, scope TEXT NOT NULL, key TEXT NOT NULL, digest BLOB NOT NULL,
      submission TEXT NOT NULL, PRIMARY KEY(partner, scope, key)) WITHOUT ROWID;

    CREATE TABLE part(
      submission TEXT NOT NULL, idx INTEGER NOT NULL, state TEXT NOT NULL, message TEXT NOT NULL DEFAULT '',
      version TEXT NOT NULL DEFAULT '', control TEXT NOT NULL DEFAULT '', number TEXT NOT NULL DEFAULT '',
      correlation TEXT NOT NULL DEFAULT '', endpoint TEXT NOT NULL DEFAULT '', target TEXT NOT NULL DEFAULT '',
      entry BLOB, forwarded BLOB, summary TEXT NOT NULL DEFAULT '{}',
      disposition TEXT NOT NULL DEFAULT '', due REAL, PRIMARY KEY(submission, idx)) WITHOUT ROWID;
    -- The names by which an endpoint may speak of a transaction: batch/, correlation/, number/, bill/.
    CREATE TABLE part_key(
      key TEXT NOT NULL, endpoint TEXT NOT NULL, submission TEXT NOT NULL, idx INTEGER NOT NULL,
      PRIMARY KEY(key, endpoint, submission, idx)) WITHOUT ROWID;
    CREATE INDEX part_number ON part(number) WHERE number <> '';
    CREATE INDEX part_due ON part(due) WHERE due IS NOT NULL;

    -- What we said: n is 0 for the receipt of the bytes, acknowledgements follow from 1.
    CREATE TABLE answer(
      id TEXT PRIMARY KEY, submission TEXT NOT NULL, n INTEGER NOT NULL, kind TEXT NOT NULL,
      idx INTEGER, disposition TEXT NOT NULL, media_type TEXT NOT NULL, body BLOB, signature TEXT NOT NULL,
      receipt TEXT NOT NULL, at TEXT NOT NULL, UNIQUE(submission, n)) WITHOUT ROWID;

    CREATE TABLE event(
      id INTEGER PRIMARY KEY, submission TEXT NOT NULL, partner TEXT NOT NULL, idx INTEGER NOT NULL,
      name TEXT NOT NULL, state TEXT NOT NULL, data TEXT NOT NULL, at TEXT NOT NULL);
    CREATE INDEX event_submission ON event(submission, id);

    CREATE TABLE leaf(
      log TEXT NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL, answer TEXT NOT NULL UNIQUE,
      PRIMARY KEY(log, idx)) WITHOUT ROWID;
    CREATE TABLE checkpoint(log TEXT NOT NULL, size INTEGER NOT NULL, note TEXT NOT NULL, at TEXT NOT NULL,
      PRIMARY KEY(log, size)) WITHOUT ROWID;

    CREATE TABLE lane(
      lane TEXT PRIMARY KEY, owner TEXT NOT NULL DEFAULT '', epoch INTEGER NOT NULL DEFAULT 0,
      lease_until REAL NOT NULL DEFAULT 0) WITHOUT ROWID;
    CREATE TABLE outbox(
      id INTEGER PRIMARY KEY, effect TEXT NOT NULL, lane TEXT NOT NULL, submission TEXT NOT NULL,
      idx INTEGER NOT NULL, send_key TEXT NOT NULL UNIQUE, payload BLOB, data TEXT NOT NULL DEFAULT '{}',
      state TEXT NOT NULL DEFAULT 'ready', attempts INTEGER NOT NULL DEFAULT 0,
      next_at REAL NOT NULL DEFAULT 0, first_at REAL NOT NULL DEFAULT 0, last_error TEXT NOT NULL DEFAULT '');
    CREATE INDEX outbox_ready ON outbox(effect, lane, id) WHERE state = 'ready';
    CREATE INDEX outbox_parked ON outbox(id) WHERE state = 'parked';
    CREATE INDEX outbox_submission ON outbox(submission, idx);

    -- What the other side said, in the order in which it said it.
    CREATE TABLE heard(
      id INTEGER PRIMARY KEY, endpoint TEXT NOT NULL, number TEXT NOT NULL, batch TEXT NOT NULL,
      media_type TEXT NOT NULL, body BLOB NOT NULL, at TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'new',
      UNIQUE(endpoint, batch, body));
    CREATE INDEX heard_batch ON heard(batch) WHERE state = 'unrelated' AND batch <> '';
    CREATE INDEX heard_new ON heard(id) WHERE state = 'new';
    CREATE TABLE heard_part(
      submission TEXT NOT NULL, idx INTEGER NOT NULL, heard INTEGER NOT NULL,
      PRIMARY KEY(submission, idx, heard)) WITHOUT ROWID;
    CREATE TABLE cursor(endpoint TEXT PRIMARY KEY, after TEXT NOT NULL) WITHOUT ROWID;

    CREATE TABLE subscription(
      id TEXT PRIMARY KEY, partner TEXT NOT NULL, url TEXT NOT NULL, events TEXT NOT NULL,
      at TEXT NOT NULL) WITHOUT ROWID;
    """,
    """
    -- Nonces of signed requests, kept for as long as a signature is young enough to be taken.
    CREATE TABLE nonce(
      keyid TEXT NOT NULL, nonce TEXT NOT NULL, until REAL NOT NULL, PRIMARY KEY(keyid, nonce)) WITHOUT ROWID;
    CREATE INDEX nonce_until ON nonce(until);

    -- Further signatures over an answer's bytes (cms, xml), made when first asked for, and kept.
    CREATE TABLE answer_form(
      answer TEXT NOT NULL, form TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY(answer, form)) WITHOUT ROWID;

    -- AS2 messages that came, with the receipt (MDN) that each got. `digest` is of the HTTP body,
    -- `content` of the payload. `taken`: it was stored, and its Message-ID is used up.
    CREATE TABLE as2_in(
      id TEXT PRIMARY KEY, partnership TEXT NOT NULL, message_id TEXT NOT NULL, digest BLOB NOT NULL,
      content BLOB, taken INTEGER NOT NULL, submission TEXT NOT NULL DEFAULT '', headers TEXT NOT NULL,
      disposition TEXT NOT NULL, findings TEXT NOT NULL, mdn_headers TEXT NOT NULL, mdn BLOB,
      at TEXT NOT NULL) WITHOUT ROWID;
    CREATE UNIQUE INDEX as2_in_taken ON as2_in(partnership, message_id) WHERE taken = 1;
    CREATE INDEX as2_in_known ON as2_in(partnership, message_id, digest);

    -- AS2 messages that go out, receipts of ours included. Their bytes are fixed when they are made.
    -- `state`: ready, lane (an endpoint's lane sends it), waiting (for a receipt), done, parked.
    CREATE TABLE as2_out(
      id TEXT PRIMARY KEY, partnership TEXT NOT NULL, kind TEXT NOT NULL, about TEXT NOT NULL UNIQUE,
      submission TEXT NOT NULL, url TEXT NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL,
      mic TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
      next_at REAL NOT NULL DEFAULT 0, first_at REAL NOT NULL DEFAULT 0,
      last_error TEXT NOT NULL DEFAULT '', at TEXT NOT NULL) WITHOUT ROWID;
    CREATE INDEX as2_out_due ON as2_out(next_at) WHERE state IN ('ready', 'waiting');

    -- Receipts that partners gave for our messages, those that were refused too.
    CREATE TABLE as2_receipt(
      id INTEGER PRIMARY KEY, message TEXT NOT NULL, partnership TEXT NOT NULL, holds INTEGER NOT NULL,
      findings TEXT NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL, at TEXT NOT NULL);
    CREATE INDEX as2_receipt_message ON as2_receipt(message);

    -- What an authority's clock said about a checkpoint (RFC 3161).
    CREATE TABLE stamp(
      log TEXT NOT NULL, size INTEGER NOT NULL, reply BLOB NOT NULL, at TEXT NOT NULL,
      PRIMARY KEY(log, size)) WITHOUT ROWID;

    -- Every time that all which is stored was verified again.
    CREATE TABLE recheck(
      id INTEGER PRIMARY KEY, begun_at TEXT NOT NULL, ended_at TEXT NOT NULL, answers INTEGER NOT NULL,
      entries INTEGER NOT NULL, wrong INTEGER NOT NULL, findings TEXT NOT NULL);
    """,
    """
    -- Which process works on a row, where several do: it saves doing things twice, and no more.
    ALTER TABLE outbox ADD COLUMN owner TEXT NOT NULL DEFAULT '';
    ALTER TABLE outbox ADD COLUMN lease_until REAL NOT NULL DEFAULT 0;
    CREATE INDEX outbox_waiting ON outbox(effect, id) WHERE state = 'ready';
    """,
    """
    -- When the content of a submission was removed because its time was over; its receipts stay.
    ALTER TABLE submission ADD COLUMN removed_at TEXT;
    CREATE INDEX submission_old ON submission(partner, closed_at) WHERE state = 'closed' AND removed_at IS NULL;
    -- Bodies that are due to go (`gone` 0), and those that went; `file` is still to be removed.
    CREATE TABLE removed(
      digest BLOB PRIMARY KEY, at TEXT NOT NULL, gone INTEGER NOT NULL DEFAULT 0, file TEXT) WITHOUT ROWID;
    CREATE INDEX removed_due ON removed(at, digest) WHERE gone = 0;
    """,
    """
    -- What is sent again later because its answer said that nothing was done: it holds up its own entry alone.
    CREATE INDEX outbox_later ON outbox(effect, lane, next_at)
      WHERE state = 'ready' AND attempts = 0 AND next_at > 0;
    """,
    """
    -- Whose rows are held, asked once a second by each process of several.
    CREATE INDEX outbox_owner ON outbox(owner) WHERE state = 'ready' AND owner <> '';
    """,
)


def steps_after(have: int) -> list[tuple[int, str]]:
    """Give the steps that a database has still to go, with their numbers.

    Raises `ValueError` if it is newer than we are.
    """
    if have > len(STEPS):
        raise ValueError(f"the ledger has tables of step {have}, this program knows {len(STEPS)}")
    return list(enumerate(STEPS[have:], have + 1))


def migrate(connection: SqliteConnection) -> int:
    """Bring a file forward to the newest tables; gives the step that it was at.

    Raises `ValueError` if it is newer than we are.
    """
    (have,) = connection.execute("PRAGMA user_version").fetchone()
    for number, step in steps_after(have):
        connection.executescript(f"BEGIN IMMEDIATE;\n{step}\nPRAGMA user_version = {number};\nCOMMIT;")
    return int(have)
