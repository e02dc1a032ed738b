"""Before the first request: devices and the first manager exist, and what a crash left is settled."""

import logging

from pydantic import SecretStr
from sqlalchemy.exc import IntegrityError

from checkout_api import passwords
from checkout_api.context import Context
from checkout_api.dependencies import key_digest
from checkout_api.repository import accounts
from checkout_api.review import expire_overdue
from checkout_api.settlement import settle_open
from checkout_api.states import DeviceKind, Role
from checkout_api.tables import AccountTable, DeviceTable

logger = logging.getLogger(__name__)


def prepare(context: Context) -> None:
    """Register what the settings name, then settle what an earlier process left open."""
    settings = context.settings
    _register(context, DeviceKind.GATE, settings.gate_key)
    _register(context, DeviceKind.STORE_COMPUTER, settings.store_computer_key)
    _register_manager(context)
    expired = expire_overdue(context)
    settled = settle_open(context, after_restart=True)
    logger.info(
        "started: %d questions expired, %d payments settled, %d still open",
        expired,
        settled.finished,
        settled.unfinished,
    )


def _register(context: Context, kind: DeviceKind, key: SecretStr) -> None:
    digest = key_digest(key.get_secret_value())
    try:
        with context.database.write() as session:
            if accounts.device_by_key(session, digest) is None:
                session.add(
                    DeviceTable(
                        id=context.new_id(),
                        kind=kind,
                        name=f"{kind} of the settings",
                        key_sha256=digest,
                        registered_at=context.clock(),
                        revoked_at=None,
                    )
                )
    except IntegrityError:
        logger.info("another process registered the %s key at the same time", kind)


def _register_manager(context: Context) -> None:
    email = context.settings.manager_email.lower()
    with context.database.read() as session:
        if accounts.account_by_email(session, email) is not None:
            return
    manager = AccountTable(
        id=context.new_id(),
        email=email,
        display_name="Manager",
        password_hash=passwords.hash_password(context.settings.manager_password.get_secret_value()),
        role=Role.MANAGER,
        created_at=context.clock(),
        blocked_reason=None,
        erased_at=None,
    )
    try:
        with context.database.write() as session:
            session.add(manager)
    except IntegrityError:
        logger.info("another process registered the manager at the same time")
