"""Figures for Prometheus: how requests, gates, questions and money do.

Counters count since this process started; gauges are read from the database when somebody asks. Every
application has its own registry, so that two in one process do not add up.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from checkout_api.database import Database
from checkout_api.errors import DatabaseUnavailableError
from checkout_api.states import FINAL_ATTEMPT_STATES, ReviewState, VisitState
from checkout_api.tables import PaymentAttemptTable, ReviewItemTable, VisitTable
from checkout_api.visit_states import AuditState
from checkout_api.visit_tables import AuditTable

# Around what is promised: 50 ms a purchase, 300 ms a gate, 2 s a receipt.
_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.08, 0.15, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class Metrics:
    """The figures of one application.

    Attributes:
        requests_s: Seconds per request by method, route and status.
        entries: Decisions of gates, by what came of them.
        deleted_evidence: Pictures and clips whose time was over.
        failed_duties: Background work that ended in an error, by its name.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests_s = Histogram(
            "walkout_request_seconds",
            "Seconds per request.",
            ("method", "route", "status"),
            buckets=_BUCKETS_S,
            registry=self._registry,
        )
        self.entries = Counter(
            "walkout_entries", "Decisions of gates.", ("outcome",), registry=self._registry
        )
        self.deleted_evidence = Counter(
            "walkout_deleted_evidence", "Evidence deleted on time.", registry=self._registry
        )
        self.failed_duties = Counter(
            "walkout_failed_duties", "Background work that failed.", ("duty",), registry=self._registry
        )

    def text(self, database: Database) -> bytes:
        """Return all figures in Prometheus' text format."""
        momentary = CollectorRegistry()
        momentary.register(_OpenWork(database))
        return generate_latest(self._registry) + generate_latest(momentary)


class _OpenWork(Collector):
    """What waits, counted when asked."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Name nothing before it is asked for."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Count."""
        counts = {
            "walkout_open_visits": select(func.count()).where(VisitTable.state == VisitState.INSIDE),
            "walkout_open_questions": select(func.count()).where(ReviewItemTable.state == ReviewState.OPEN),
            "walkout_open_audits": select(func.count()).where(AuditTable.state == AuditState.OPEN),
            "walkout_open_payments": select(func.count()).where(
                PaymentAttemptTable.state.not_in(FINAL_ATTEMPT_STATES)
            ),
        }
        try:
            with self._database.read() as session:
                for name, query in counts.items():
                    yield GaugeMetricFamily(name, "Counted now.", value=session.scalar(query) or 0)
        except DatabaseUnavailableError:
            yield GaugeMetricFamily("walkout_database_up", "Whether the database answers.", value=0)
        else:
            yield GaugeMetricFamily("walkout_database_up", "Whether the database answers.", value=1)
