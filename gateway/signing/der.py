"""Just enough DER to write what we sign. Reading is for asn1crypto."""

from __future__ import annotations

from datetime import datetime

NULL = b"\x05\x00"


def tlv(tag: int, *parts: bytes) -> bytes:
    """Write one value: tag, length, parts."""
    body = b"".join(parts)
    length = len(body)
    if length < 0x80:
        return bytes((tag, length)) + body
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size, "big") + body


def sequence(*parts: bytes) -> bytes:
    """Write a SEQUENCE."""
    return tlv(0x30, *parts)


def set_of(*parts: bytes, tag: int = 0x31) -> bytes:
    """Write a SET OF, its members in DER order (X.690 §11.6)."""
    return tlv(tag, *sorted(parts))


def integer(value: int) -> bytes:
    """Write a non-negative INTEGER."""
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def octets(value: bytes) -> bytes:
    """Write an OCTET STRING."""
    return tlv(0x04, value)


def oid(dotted: str) -> bytes:
    """Write an OBJECT IDENTIFIER."""
    first, second, *rest = (int(number) for number in dotted.split("."))
    body = bytearray()
    for number in (first * 40 + second, *rest):
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(number & 0x7F | 0x80)
        body += bytes(reversed(groups))
    return tlv(0x06, bytes(body))


def time(at: datetime) -> bytes:
    """Write a time as CMS wants it (RFC 5652 §11.3): UTCTime until 2049, then GeneralizedTime."""
    if 1950 <= at.year < 2050:
        return tlv(0x17, at.strftime("%y%m%d%H%M%SZ").encode("ascii"))
    return tlv(0x18, at.strftime("%Y%m%d%H%M%SZ").encode("ascii"))
