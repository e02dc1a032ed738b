"""Bytes as text that a QR code stores in its dense alphanumeric mode (RFC 9285)."""

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUE = {character: value for value, character in enumerate(_ALPHABET)}


def encode(data: bytes) -> str:
    """Return three characters for every two bytes, and two for a last odd byte."""
    characters: list[str] = []
    for start in range(0, len(data), 2):
        chunk = data[start : start + 2]
        number = int.from_bytes(chunk, "big")
        for _ in range(len(chunk) + 1):
            number, digit = divmod(number, 45)
            characters.append(_ALPHABET[digit])
    return "".join(characters)


def decode(text: str) -> bytes:
    """Undo `encode`.

    Raises:
        ValueError: If `text` is not base45.
    """
    data = bytearray()
    for start in range(0, len(text), 3):
        chunk = text[start : start + 3]
        if len(chunk) == 1 or any(character not in _VALUE for character in chunk):
            raise ValueError("the text is not base45")
        number = sum(_VALUE[character] * 45**place for place, character in enumerate(chunk))
        size = len(chunk) - 1
        if number >= 256**size:
            raise ValueError("the text is not base45")
        data += number.to_bytes(size, "big")
    return bytes(data)
