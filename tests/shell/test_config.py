"""The configuration file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from gateway.shell.config import Config, ConfigError, Secret, key_hash
from gateway.shell.config_file import load_config, parse_config, secrets_of, shown

ROOT = Path(__file__).parents[2]


def wrong(text):
    """Give the error of a text."""
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "c.yaml")
    return str(caught.value)


def test_the_shipped_file_binds_the_loopback_only():
    """What is shipped can be loaded and listens to this machine alone."""
    config = load_config(ROOT / "config.yaml")
    assert config.server.loopback
    assert config.anonymous() == "LOCAL"
    assert config.endpoint_for("LOCAL", "x12/309")
    assert config.endpoint_for("LOCAL", "wco/DEC")


def test_scalars_are_text_until_the_model_says_otherwise():
    """A country NO stays Norway and a code keeps its zeros."""
    config = parse_config(
        'endpoints: {e: {address: "http://h", format: edifact, envelope: {agreement: NO, reference: 0104, group: yes}}}'
    )
    assert config.endpoints["e"].envelope == {"agreement": "NO", "reference": "0104", "group": "yes"}
    assert parse_config("server: {port: 0080}").server.port == 80


def test_an_unknown_key_is_an_error_with_its_line():
    """A key that is not in the model is named with file and line."""
    assert (
        wrong("name: GW\nserver:\n  port: 1\n  prot: 2\n")
        == "c.yaml:4: server.prot: there is no such setting"
    )


def test_a_key_set_twice_is_an_error():
    """The second of two equal keys is named, not silently taken."""
    assert wrong("name: GW\nname: GX\n") == "c.yaml:2: name is set twice"


def test_a_wrong_value_is_named_with_its_line():
    """A value that does not fit its type says so at its own line."""
    assert wrong("server:\n  host: localhost\n  port: many\n").startswith("c.yaml:3: server.port: ")


def test_broken_yaml_has_a_line():
    """Text that is no YAML is an error at the place where it breaks."""
    assert wrong("server: {port: 1\nname: x: y\n").startswith("c.yaml:2: ")
    assert wrong("- a\n- b\n") == "c.yaml:1: the file holds a mapping of names to settings"


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("terminator: '~~'", "terminator: this is not one character, no letter, digit or blank"),
        ("component: A", "component: this is not one character"),
        ("component: '\u2502'", "component: this is not one character"),
        ("element: '~'", "element: element and terminator are the same character"),
        ("terminatr: '~'", "terminatr: there is no such option; there is terminator"),
        ("isa_qualifier: Z", "isa_qualifier: this is not two capital letters or digits"),
        ("set_control: one", "set_control: this is not up to 9 digits"),
    ],
)
def test_what_an_envelope_cannot_say_is_an_error(option, told):
    """An option that no format knows, or that is no value of it, stops the start with its own line."""
    start = "partners:\n  P:\n    envelope:\n      usage: T\n"
    known = f"{start}      {option}\n"
    if "the same" in told:
        # What is no X12 may be EDIFACT, which this partner could file in.
        assert parse_config(known)
        known += "      terminator: '~'\n"
    assert wrong(known).startswith(f"c.yaml:5: partners.P.envelope.{told}")
    endpoint = "endpoints:\n  E:\n    address: 'http://h'\n    format: x12\n    envelope:\n"
    assert wrong(f"{endpoint}      {option}\n").startswith(f"c.yaml:6: endpoints.E.envelope.{told}")


def test_what_an_envelope_says_is_of_its_format():
    """A partner may say what any format knows, an endpoint what its own does; a secret is not repeated."""
    good = (
        "{element: '|', terminator: \"'\", release: ' ', repetition: '', line_end: \"\\r\\n\", site: '2704'}"
    )
    assert parse_config(f"partners: {{P: {{envelope: {good}}}}}").partners["P"].envelope["element"] == "|"
    told = wrong("endpoints:\n  E: {address: 'http://h', envelope: {usage: P}}\n")
    assert told == "c.yaml:2: endpoints.E.envelope.usage: there is no such option"
    told = wrong("endpoints:\n  E: {address: 'http://h', envelope: {password: 'secret words'}}\n")
    assert told == "c.yaml:2: endpoints.E.envelope.password: this is not up to six capital letters or digits"


def test_an_anonymous_partner_needs_the_loopback():
    """Callers without a key are only taken where only this machine can call."""
    text = "server: {host: 0.0.0.0, allow_plain: true}\npartners: {P: {anonymous: true}}\n"
    assert "loopback" in wrong(text)
    assert "allow_plain" in wrong("server: {host: 0.0.0.0}\n")
    assert "only one partner" in wrong("partners: {P: {anonymous: true}, Q: {anonymous: true}}")


def test_a_partner_names_endpoints_that_are_there():
    """An endpoint that does not exist is an error, and the order of a partner's list decides."""
    assert "names the endpoint x" in wrong("partners: {P: {endpoints: [x]}}")
    config = parse_config(
        "partners: {P: {endpoints: [b, a]}, Q: {}}\n"
        'endpoints: {a: {address: "http://a"}, b: {address: "http://b", messages: [x12/309]}}\n'
    )
    assert config.endpoint_for("P", "x12/309") == "b"
    assert config.endpoint_for("P", "wco/DEC") == "a"
    assert config.endpoint_for("Q", "x12/309") == "a"
    assert parse_config("partners: {P: {}}").endpoint_for("P", "x12/309") == ""


def test_secrets_stay_where_they_are(tmp_path, monkeypatch):
    """A secret is read from its variable or file, and what is shown only says where it is."""
    (tmp_path / "token").write_text("hush\n")
    monkeypatch.setenv("ACE_WORD", "sesame")
    config = parse_config(
        f'endpoints: {{e: {{address: "http://h", token: {{file: {tmp_path}/token}}, password: {{env: ACE_WORD}}}}}}'
    )
    assert sorted(secret.reveal() for secret in secrets_of(config)) == ["hush", "sesame"]
    text = shown(config)
    assert "ACE_WORD" in text
    assert "sesame" not in text
    assert "hush" not in text


def test_a_secret_that_is_not_there_is_named():
    """A missing variable or file is a configuration error."""
    with pytest.raises(ConfigError, match="NOT_SET_ANYWHERE"):
        Secret(env="NOT_SET_ANYWHERE").reveal()
    with pytest.raises(ConfigError, match="cannot be read"):
        Secret(file=Path("/nonexistent/secret")).reveal()
    assert "either env or file" in wrong('endpoints: {e: {address: "http://h", token: {}}}')


def test_paths_are_relative_to_the_file(tmp_path):
    """A relative path in a file of one's own means a place beside that file."""
    (tmp_path / "c.yaml").write_text("store: {path: data/g.sqlite}\nkeys: {folder: /abs}\n")
    config = load_config(tmp_path / "c.yaml")
    assert config.store.path == tmp_path / "data" / "g.sqlite"
    assert config.keys.folder == Path("/abs")


def test_an_unreadable_file_is_an_error(tmp_path):
    """A file that is missing or not text is a configuration error, not a traceback."""
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "none.yaml")
    (tmp_path / "c.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="UTF-8"):
        load_config(tmp_path / "c.yaml")


def test_an_empty_file_is_all_defaults():
    """Nothing written means every default."""
    assert parse_config("") == Config()


def test_keys_are_kept_as_hashes():
    """An API key is kept as its SHA-256 in hex."""
    assert key_hash("gw_abc") == hashlib.sha256(b"gw_abc").hexdigest()
