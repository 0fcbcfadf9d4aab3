"""Form encoding: the parameters of a webhook's query and body."""

from __future__ import annotations

from urllib.parse import parse_qsl

MOST_PARAMETERS = 1000


class Form(dict[str, list[str]]):
    """Parameters by name, each with its values in the order of the request; blank values are kept."""

    @classmethod
    def parse(cls, encoded: str) -> Form:
        """Reads form encoding. Raises ValueError for bad UTF-8 and for more than 1,000 parameters."""
        form = cls()
        pairs = parse_qsl(encoded, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
        for name, value in pairs:
            form.setdefault(name, []).append(value)
        return form

    def getlist(self, name: str) -> list[str]:
        """Returns all values of a parameter. Twilio's validator calls this method by this name."""
        return self.get(name, [])

    def text(self, name: str) -> str:
        """Returns the first value of a parameter, "" when it is absent."""
        values = self.get(name)
        return values[0] if values else ""
