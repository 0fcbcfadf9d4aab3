"""A Key Vault double for writing: secrets can be set and deleted, with the soft delete that every vault has."""

from collections.abc import Mapping

from aiohttp import web

from ops.vault import Vault
from tests.key_vault_double import KeyVaultDouble, bundle, error, not_found


class WritableKeyVault(KeyVaultDouble):
    """`deleted` has the deleted secrets: a new one with the same name is refused until the old one is recovered."""

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        super().__init__(secrets)
        self.deleted: dict[str, str] = {}
        # Every write, as `set one`, `delete one`, `recover one`.
        self.writes: list[str] = []

    def routes(self) -> list[web.RouteDef]:
        """Returns the routes for reading and writing."""
        return [
            *super().routes(),
            web.put("/secrets/{name}", self._set),
            web.delete("/secrets/{name}", self._delete),
            web.get("/deletedsecrets/{name}", self._show_deleted),
            web.post("/deletedsecrets/{name}/recover", self._recover),
        ]

    def writer(self) -> Vault:
        """Returns a Vault on this double, by the real SDK and the real credential."""
        return Vault(self.url, self.credential(), client_options=self.client_options)

    async def _set(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if not self.is_known(request):
            return self.challenge()
        if name in self.deleted:
            return error(409, "Conflict", f"Secret {name} is deleted but recoverable.", "ObjectIsDeletedButRecoverable")
        self.secrets[name] = (await request.json())["value"]
        self.disabled.discard(name)
        self.writes.append(f"set {name}")
        return self._bundle(name)

    async def _delete(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if not self.is_known(request):
            return self.challenge()
        if name not in self.secrets:
            return not_found(name)
        self.deleted[name] = self.secrets.pop(name)
        self.writes.append(f"delete {name}")
        return self._deleted_bundle(name)

    async def _show_deleted(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        return self._deleted_bundle(name) if name in self.deleted else not_found(name)

    async def _recover(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.secrets[name] = self.deleted.pop(name)
        self.writes.append(f"recover {name}")
        return self._bundle(name)

    def _bundle(self, name: str) -> web.Response:
        return web.json_response(bundle(self.url, name, self.secrets[name], self.updated))

    def _deleted_bundle(self, name: str) -> web.Response:
        shown = bundle(self.url, name, self.deleted[name], self.updated)
        del shown["value"]
        dates = {"deletedDate": self.updated, "scheduledPurgeDate": self.updated}
        return web.json_response({**shown, "recoveryId": f"{self.url}/deletedsecrets/{name}", **dates})
