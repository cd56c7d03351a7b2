"""The fingerprint of ANALYTICS_PII_KEY in the lake's marker: one lake, one key.

Under another key the same address has another hash: loads would make strangers of known people, and
forgetting would find nobody. The first hashed load notes the fingerprint, and whoever has another
key is refused from then on. There is no rotation: hashes cannot be turned back into addresses.
"""

from __future__ import annotations

from analytics_assets.errors import ConfigurationError
from analytics_assets.lake.lake import Lake
from analytics_assets.privacy.hashing import Privacy

LEAST_KEY_CHARACTERS = 16
_CHECKED_TEXT = "key check"


def refuse_short_key(key: str) -> None:
    """Refuse a key that can be guessed; an empty one is none.

    Raises:
        ConfigurationError: it has fewer than 16 characters.
    """
    if key and len(key) < LEAST_KEY_CHARACTERS:
        what = f"ANALYTICS_PII_KEY has fewer than {LEAST_KEY_CHARACTERS} characters"
        todo = "Set it to a long random text, such as `openssl rand -hex 32` prints"
        raise ConfigurationError(what, todo=todo)


def key_check(privacy: Privacy) -> str:
    """The fingerprint of a key: it distinguishes keys and reveals nothing of them."""
    return privacy.hashed(_CHECKED_TEXT)


def refuse_other_key(lake: Lake, privacy: Privacy) -> None:
    """Refuse a key other than the one that the lake's hashes were made with.

    Raises:
        ConfigurationError: it is another one.
        LakeError: the marker cannot be read.
    """
    marker = lake.marker()
    if privacy.key and marker and marker.key_check not in ("", key_check(privacy)):
        what = f"ANALYTICS_PII_KEY is not the key that the lake {lake.root} was hashed with"
        todo = (
            "Set it to that key again; a key cannot be changed, so another one needs a new lake "
            "(ANALYTICS_LAKE)"
        )
        raise ConfigurationError(what, todo=todo)


def refuse_unknown_key(lake: Lake, privacy: Privacy) -> None:
    """Refuse to forget by a key that was never held against this lake: it might find nobody.

    Raises:
        ConfigurationError: the marker has no fingerprint.
    """
    marker = lake.marker()
    if not privacy.plain and marker and not marker.key_check:
        what = f"the lake {lake.root} has no fingerprint of ANALYTICS_PII_KEY yet"
        raise ConfigurationError(what, todo="Load one day first: the load writes it")


def note_key(lake: Lake, privacy: Privacy) -> None:
    """Write the fingerprint into the marker before the first hash goes into the lake.

    Raises:
        ConfigurationError: the lake has the fingerprint of another key.
        LakeError: the marker cannot be read or written.
    """
    refuse_other_key(lake, privacy)
    marker = lake.marker()
    if privacy.key and not privacy.plain and marker and not marker.key_check:
        lake.note_key_check(key_check(privacy))
        refuse_other_key(lake, privacy)  # somebody with another key may have been first
