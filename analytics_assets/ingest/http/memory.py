"""The answers that a load has received so far, so that a rerun after a kill does not ask again.

A vendor may allow one request a minute: an hour of answers must not be lost with the process. They
hold personal data in the clear, so they are encrypted, with a key that stays on this machine and in
no lake (AES in Galois/counter mode, NIST SP 800-38D). A journal lives as long as its load.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from analytics_assets.ingest.http.answers import Answer
from analytics_assets.lake.folders import ANSWERS_FRESH_SECONDS, ANSWERS_SUFFIX
from analytics_assets.settings.state import state_folder

_KEY_FILE = "answers.key"
_KEY_BITS = 256
_NONCE_BYTES = 12
_LARGEST_BYTES = 32 * 1024 * 1024  # encrypting takes three times that in memory
_HEAD = struct.Struct("<16sII")  # the request's digest, bytes of what follows twice


class AnswerMemory:
    """Where the `Api` of a client looks before it asks; empty unless a load opens a journal."""

    def __init__(self) -> None:
        """Remember nothing."""
        self._journal: Journal | None = None

    @contextmanager
    def of(self, path: Path) -> Iterator[Journal | None]:
        """Use the journal at `path`; None, and no memory, while another load uses it."""
        journal = Journal.open(path)
        self._journal = journal
        try:
            yield journal
        finally:
            self._journal = None
            if journal is not None:
                journal.close()

    def key(self, *request: Any) -> bytes:
        """The key of a request; empty where nothing is remembered."""
        if self._journal is None:
            return b""
        return blake2b(msgspec.json.encode(request), digest_size=16).digest()

    def recall(self, key: bytes) -> Answer | None:
        """The remembered answer to the request, each answer once and in order."""
        journal = self._journal
        return journal.recall(key) if key and journal else None

    def keep(self, key: bytes, answer: Answer) -> None:
        """Remember the answer to a request."""
        journal = self._journal
        if key and journal and len(answer.body) <= _LARGEST_BYTES:
            journal.keep(key, answer)


class Journal:
    """A file of encrypted answers, in the order in which they came.

    The first answer is written with the second: a load of one request leaves no file.
    """

    def __init__(self, path: Path, file: BinaryIO, cipher: AESGCM) -> None:
        """Read what is there; what a killed process has written in part is cut off."""
        self._path = path
        self._file = file
        self._cipher = cipher
        self._lock = threading.Lock()
        self._first: list[bytes] = []
        self._known: dict[bytes, deque[tuple[int, int, int]]] = defaultdict(deque)
        end = 0
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            key, facts, body = _HEAD.unpack(head)
            place = file.tell()
            end = file.seek(place + facts + body)
            if end > os.fstat(file.fileno()).st_size:
                end = place - _HEAD.size
                break
            self._known[key].append((place, facts, body))
        file.truncate(end)
        file.seek(end)

    @classmethod
    def open(cls, path: Path) -> Journal | None:
        """The journal at `path`, emptied if it is old; None where it is in use or cannot be."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            cipher = AESGCM(_machine_key())
            file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)
        except OSError:
            return None  # a load goes on without it
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if time.time() - os.fstat(file.fileno()).st_mtime > ANSWERS_FRESH_SECONDS:
                file.truncate(0)
            return cls(path, file, cipher)
        except OSError:
            file.close()
            return None

    @property
    def answers(self) -> int:
        """How many answers are known that have not been recalled."""
        return sum(map(len, self._known.values()))

    def recall(self, key: bytes) -> Answer | None:
        """The next answer of a request, if there is one that can be read."""
        with self._lock:
            places = self._known.get(key)
            if not places:
                return None
            place, facts, body = places.popleft()
            text = os.pread(self._file.fileno(), facts + body, place)
        try:
            status, headers = msgspec.json.decode(self._opened(text[:facts], key))
            return Answer(status, self._opened(text[facts:], key), headers)
        except (InvalidTag, msgspec.DecodeError, ValueError):
            return None  # of another machine, or damaged

    def keep(self, key: bytes, answer: Answer) -> None:
        """Add an answer; a disk that is full is no reason to fail."""
        facts = self._closed(msgspec.json.encode([answer.status, _plain(answer.headers)]), key)
        body = self._closed(answer.body, key)
        entry = _HEAD.pack(key, len(facts), len(body)) + facts + body
        with self._lock, suppress(OSError):
            if not self._first and not self._file.tell():
                self._first.append(entry)
                return
            self._file.write(b"".join([*self._first, entry]))
            self._first.clear()

    def discard(self) -> None:
        """Remove the file: the load is published, or its answers are of no use."""
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Leave the file to the next load, unless it is empty."""
        if not self._file.tell():
            self.discard()
        self._file.close()

    def _closed(self, text: bytes, key: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text, key)

    def _opened(self, text: bytes, key: bytes) -> bytes:
        return self._cipher.decrypt(text[:_NONCE_BYTES], text[_NONCE_BYTES:], key)


def journal_file(folder: Path, name: str) -> Path:
    """The journal's file of that name."""
    return folder / f"{blake2b(name.encode(), digest_size=12).hexdigest()}{ANSWERS_SUFFIX}"


def sweep(folder: Path) -> None:
    """Remove journals that are too old to be used."""
    for path in folder.glob(f"*{ANSWERS_SUFFIX}"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > ANSWERS_FRESH_SECONDS:
                path.unlink()


def _plain(headers: Mapping[str, str]) -> dict[str, str]:
    return dict(headers.items())


def _machine_key() -> bytes:
    """The key of this user on this machine; it is made when it is first needed."""
    path = state_folder() / _KEY_FILE
    if path.exists() and path.stat().st_size != _KEY_BITS // 8:
        path.unlink()  # cut off by a full disk: what it closed cannot be opened anyway
    if not path.exists():
        made = path.with_name(f"{_KEY_FILE}.{os.getpid()}.{threading.get_ident()}")
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, AESGCM.generate_key(_KEY_BITS))
            with suppress(FileExistsError):
                os.link(made, path)  # all or nothing, and only the first one counts
        finally:
            os.close(descriptor)
            made.unlink()
    return path.read_bytes()
