from __future__ import annotations

import argparse
import importlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.cli import common
from gateway.signing import Key, KeyRing, ReceiptFile, generate
from gateway.signing.checkpoint import ReceiptProof
from gateway.signing.keys import Purpose
from gateway.signing.note import Verifier, cosign
from tests.signing.samples import SOURCE


def run(*words: object) -> int:
    """Run one command of ours and give its exit status."""
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    for name in ("receipt", "keys"):
        importlib.import_module(f"gateway.cli.{name}").register(commands)
    args = parser.parse_args([str(word) for word in words])
    return args.run(args)


@pytest.fixture
def file(tmp_path: Path, saved: ReceiptFile) -> Path:
    """Give a receipt file on disk, the input beside it."""
    (tmp_path / "entry.edi").write_bytes(SOURCE)
    path = tmp_path / "entry.edi.receipt.json"
    path.write_text(saved.as_text())
    return path


def test_verify_says_that_it_holds(file: Path, public: KeyRing, capsys: pytest.CaptureFixture[str]) -> None:
    """With input and trusted keys a good file ends with 0, and with its sentence."""
    trusted = file.parent / "jwks.json"
    trusted.write_text(public.jwks_text())
    assert run("receipt", "verify", file, "--input", file.with_name("entry.edi"), "--trust", trusted) == 0
    shown = capsys.readouterr()
    assert "holds: signed by key" in shown.out
    assert shown.err == ""


def test_verify_without_trusted_keys_says_so(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Checked with the keys inside it, a good file ends with 0 and a note."""
    assert run("receipt", "verify", file) == 0
    assert "--trust" in capsys.readouterr().err


def test_verify_names_the_reason(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A changed input, changed answer or strange key ends with 1 and a reason."""
    file.with_name("entry.edi").write_bytes(SOURCE[:-1] + b"!")
    assert run("receipt", "verify", file, "--input", file.with_name("entry.edi")) == 1
    assert "digest/differs" in capsys.readouterr().out
    plain = json.loads(file.read_text())
    plain["acknowledgement"]["body"] = "AAAA"
    file.write_text(json.dumps(plain))
    assert run("receipt", "verify", file, "--json") == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False
    other = file.with_name("other.json")
    other.write_text(KeyRing([generate(Purpose.RECEIPT)]).jwks_text())
    assert run("receipt", "verify", file, "--trust", other) == 1
    assert "key/unknown" in capsys.readouterr().out


def test_mistakes_are_told_with_their_status(file: Path) -> None:
    """A missing file is status 2, a file that is no receipt 1, a bare token without keys 2."""
    for words, status in (
        (("verify", file.with_name("none")), 2),
        (("verify", file.with_name("entry.edi")), 1),
        (("show", file.with_name("entry.edi")), 1),
        (("verify", file, "--trust", file.with_name("entry.edi")), 2),
        (("verify", file, "--input", file.parent), 2),
    ):
        with pytest.raises(common.UserError) as caught:
            run("receipt", *words)
        assert caught.value.status == status
    bare = file.with_name("receipt.jws")
    bare.write_text(ReceiptFile.read(file.read_bytes()).receipt)
    with pytest.raises(common.UserError, match="--trust"):
        run("receipt", "verify", bare)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ISA*00*", "this is no receipt"),
        ("", "this is no receipt"),
        ("{", "this is no receipt"),
        ("[1, 2]", "this is no receipt"),
        ('"text"', "this is no receipt"),
        ("{}", "this is no receipt"),
        ('{"format": "other/1"}', "its format is 'other/1'"),
        ('{"format": "customs-receipt-file/1"}', "'acknowledgement' is missing"),
        ('{"format": "customs-receipt-file/1", "receipt": "", "acknowledgement": 7}', "has not the shape"),
        (
            '{"format": "customs-receipt-file/1", "receipt": "", "acknowledgement": {"body": "*"}}',
            "is not base64",
        ),
    ],
)
def test_what_is_no_receipt_is_told_in_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    """A file that is something else is named as that, without the words of a JSON parser."""
    path = tmp_path / "other.json"
    path.write_text(text)
    for command in ("verify", "show"):
        with pytest.raises(common.UserError) as caught:
            run("receipt", command, path)
        assert caught.value.status == 1
        assert said in str(caught.value)
        assert "line 1" not in str(caught.value)


def test_show_writes_the_pieces(file: Path, saved: ReceiptFile, capsys: pytest.CaptureFixture[str]) -> None:
    """`show` prints the sentence; `--extract` writes the answer byte for byte with its pieces."""
    assert run("receipt", "show", file, "--extract", file.parent / "pieces") == 0
    assert capsys.readouterr().out.startswith("technical: ")
    assert (file.parent / "pieces" / "acknowledgement").read_bytes() == saved.acknowledgement
    assert (file.parent / "pieces" / "receipt.jws").read_text() == saved.receipt
    assert run("receipt", "show", file, "--json") == 0
    assert json.loads(capsys.readouterr().out)["v"] == 1


def test_keys_live_through_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Generate, rotate, retire, list and export do what they say on a key folder."""
    config = tmp_path / "config.yaml"
    config.write_text("keys:\n  folder: keys\n")
    at = ("--config", config, "--json")

    def outcome(*words: object) -> object:
        assert run("keys", words[0], *at, *words[1:]) == 0
        return json.loads(capsys.readouterr().out)

    (first,) = outcome("generate")
    assert (tmp_path / "keys" / f"receipt-{first['kid']}.pem").is_file()
    (second,) = outcome("rotate", "--purpose", "receipt")
    assert {key["kid"]: key["state"] for key in outcome("list")} == {
        first["kid"]: "retired",
        second["kid"]: "active",
    }
    outcome("retire", "--compromised", "--", second["kid"])
    out = tmp_path / "jwks.json"
    assert run("keys", "export", "--config", config, "-o", out) == 0
    assert KeyRing.trusted(out.read_bytes()).find(second["kid"]).state == "compromised"
    assert run("keys", "export", "--config", config, f"--kid={first['kid']}") == 0
    assert "BEGIN PUBLIC KEY" in capsys.readouterr().out
    with pytest.raises(common.UserError):
        run("keys", "retire", "--config", config, "nobody")
    (made,) = outcome("generate", "--purpose", "cms")
    assert run("keys", "export", "--config", config, f"--kid={made['kid']}", "--certificate", "-o", out) == 0
    assert out.read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")
    assert outcome("certify", "--", made["kid"], out)[0]["x5c"] == made["x5c"]
    out.write_bytes(b"nothing")
    for words in (("--", made["kid"], out), ("--", "nobody", out), ("--", made["kid"], tmp_path / "none")):
        with pytest.raises(common.UserError):
            run("keys", "certify", "--config", config, *words)
    for words in (("--purpose", "love"), ("--purpose", "http", "--algorithm", "none")):
        with pytest.raises(common.UserError):
            run("keys", "generate", "--config", config, *words)


def test_a_named_witness_must_have_cosigned(
    tmp_path: Path, saved: ReceiptFile, log_key: Key, capsys: pytest.CaptureFixture[str]
) -> None:
    """With `--witness` the proof's checkpoint must carry its cosignature; without a proof it cannot."""
    key = generate(Purpose.LOG)
    witness = Verifier.of("witness.example", key, witness=True).text()
    path = tmp_path / "r.json"
    path.write_text(saved.as_text())
    assert run("receipt", "verify", path, "--witness", witness) == 1
    assert "nobody of that name and key signed" in capsys.readouterr().out
    cosigned = saved.proof.replace(
        (note := ReceiptProof.read(saved.proof).checkpoint),
        cosign(note, "witness.example", key, 1_795_332_226),
    )
    path.write_text(replace(saved, proof=cosigned).as_text())
    assert run("receipt", "verify", path, "--witness", witness) == 0
    path.write_text(replace(saved, proof="").as_text())
    assert run("receipt", "verify", path, "--witness", witness) == 1
    for text in ("nonsense", Verifier.of("gateway", log_key).text()):
        with pytest.raises(common.UserError):
            run("receipt", "verify", path, "--witness", text)
