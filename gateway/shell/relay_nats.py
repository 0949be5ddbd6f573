"""Copies of events to NATS JetStream.

An event goes to `<subject>.<partner>.<event>` with its id in `Nats-Msg-Id`: a copy that comes again
within the stream's window is stored once. It counts as taken when the stream has stored it.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from functools import partial
from typing import TYPE_CHECKING, Any

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError, NoServersError, SecureConnRequiredError
from nats.js.api import StorageType, StreamConfig
from nats.js.errors import APIError, NoStreamResponseError, NotFoundError

from gateway.shell.config_relay import Relay as Settings
from gateway.shell.config_relay import RelayTls
from gateway.shell.relay import MEDIA_TYPE, BrokerError, Copy
from gateway.signing import KeySetError
from gateway.signing.nkey import Nkey, read_credentials, read_nkey

if TYPE_CHECKING:
    from nats.js.client import JetStreamContext

CONNECT_SECONDS_MAX = 5
CLOSE_SECONDS_MAX = 2.0
DUPLICATES_SECONDS = 600.0
_OTHER = re.compile(r"[^A-Za-z0-9_-]")


def token(name: str) -> str:
    """Write a name as one token of a subject: what may not stand there becomes `_`."""
    return _OTHER.sub("_", name) or "_"


def secure(tls: RelayTls) -> ssl.SSLContext:
    """Make what checks the broker's certificate. Raises `OSError`."""
    context = ssl.create_default_context(cafile=str(tls.ca) if tls.ca is not None else None)
    if tls.certificate is not None and tls.key is not None:
        context.load_cert_chain(tls.certificate, tls.key)
    return context


class _Client(Client):
    """A client that says nothing of its own where an encrypted connection is wanted and not offered."""

    secure = False

    def known_by(self, nkey: Nkey) -> None:
        """Give a public key where an account says nothing of it: the library has no other way in."""
        self._public_nkey = nkey.public

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:  # noqa: FBT001, FBT002
        # The library would go on in clear, and give the password away.
        if self.secure and not info.get("tls_required"):
            raise SecureConnRequiredError
        await super()._process_info(info, initial_connection)


class NatsBroker:
    """One connection to a NATS server that has JetStream."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: Client | None = None
        self._stream: JetStreamContext | None = None
        self._last = ""
        self._gone: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    @property
    def alive(self) -> bool:
        """Tell whether the connection is there."""
        return self._client is not None and self._client.is_connected

    async def open(self) -> None:
        """Connect, and make the stream where there is none of its name."""
        self._stream = stream = await self._connected()
        settings = self._settings
        try:
            try:
                await stream.stream_info(settings.stream)
            except NotFoundError:
                await stream.add_stream(
                    StreamConfig(
                        name=settings.stream,
                        subjects=[f"{settings.subject}.>"],
                        storage=StorageType.FILE,
                        num_replicas=settings.replicas,
                        duplicate_window=DUPLICATES_SECONDS,
                    )
                )
        except (NatsError, OSError, TimeoutError) as error:
            raise BrokerError(said(error)) from error

    async def look(self) -> str:
        """Connect and say what the stream holds."""
        stream = await self._connected()
        try:
            info = await stream.stream_info(self._settings.stream)
        except NotFoundError:
            return f"{self._settings.servers[0]}, the stream {self._settings.stream} will be made"
        except (NatsError, OSError, TimeoutError) as error:
            raise BrokerError(said(error)) from error
        return f"{self._settings.servers[0]}, stream {self._settings.stream}, {info.state.messages} messages"

    async def _connected(self) -> JetStreamContext:
        """Take the first server that lets us in."""
        settings, reason = self._settings, ""
        for server in settings.servers:
            self._client = client = _Client()
            client.secure = settings.tls is not None
            nkey = self._nkey()
            if nkey is not None and not nkey.jwt:
                client.known_by(nkey)
            try:
                await client.connect(
                    [server],
                    name="customs-gateway",
                    # A connection that breaks ends here; the relay makes another.
                    allow_reconnect=False,
                    max_reconnect_attempts=1,
                    reconnect_time_wait=0,
                    connect_timeout=CONNECT_SECONDS_MAX,
                    error_cb=self._heard,
                    closed_cb=self._closed,
                    user=settings.user or None,
                    password=settings.password.reveal() if settings.password is not None else None,
                    token=settings.token.reveal() if settings.token is not None else None,
                    signature_cb=partial(_signed, nkey) if nkey is not None else None,
                    user_jwt_cb=partial(_said_of, nkey) if nkey is not None and nkey.jwt else None,
                    tls=secure(settings.tls) if settings.tls is not None else None,
                )
            except NoServersError:
                reason = self._last
            except (NatsError, OSError, TimeoutError) as error:
                reason = said(error)
                await self.close()
            else:
                return client.jetstream(timeout=settings.publish_seconds_max)
        raise BrokerError(f"no server takes the connection: {reason}")

    def _nkey(self) -> Nkey | None:
        """Read the user's key anew, since its file may be another now. Raises `BrokerError`."""
        settings = self._settings
        try:
            if settings.nkey is not None:
                return read_nkey(settings.nkey.reveal())
            if settings.credentials is not None:
                return read_credentials(settings.credentials.reveal())
        except KeySetError as error:
            raise BrokerError(str(error)) from error
        return None

    async def publish(self, copy: Copy) -> None:
        """Give an event to the stream; returns when it is stored there."""
        if self._stream is None:
            raise BrokerError("not connected")
        subject = f"{self._settings.subject}.{token(copy.partner)}.{token(copy.name)}"
        sending: asyncio.Future[Any] = asyncio.ensure_future(
            self._stream.publish(
                subject,
                copy.body,
                stream=self._settings.stream,
                headers={"Nats-Msg-Id": copy.id, "Content-Type": MEDIA_TYPE},
            )
        )
        try:
            # An answer does not come any more when the connection is gone, and nobody would say so.
            await asyncio.wait((sending, self._gone), return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                raise BrokerError("the connection is gone")
            await sending
        except (NatsError, OSError, TimeoutError) as error:
            raise BrokerError(said(error)) from error
        finally:
            sending.cancel()

    async def _heard(self, error: Exception) -> None:
        # Only where no server could be reached is this all that is said of the reason.
        self._last = said(error)

    async def _closed(self) -> None:
        if not self._gone.done():
            self._gone.set_result(None)

    async def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            with contextlib.suppress(NatsError, OSError, TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS_MAX):
                    await self._client.close()


def _signed(nkey: Nkey, nonce: str) -> bytes:
    return nkey.sign(nonce.encode())


def _said_of(nkey: Nkey) -> bytes:
    return nkey.jwt.encode()


def said(error: Exception) -> str:
    """Say in a line why NATS did not do something."""
    if isinstance(error, (NoStreamResponseError, NoRespondersError)):
        return "no stream takes the subject, or JetStream is off"
    if isinstance(error, APIError):
        return f"JetStream: {error.description or error.code}"
    if isinstance(error, SecureConnRequiredError):
        return "it offers no encrypted connection"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error) or type(error).__name__
