"""Every failure of the package has its class here, and every finding about an input its record.

    FinOpsError
    ├── InputError                 an input that cannot be used
    │   ├── FileUnreadable         missing, not a file, no permission, not text
    │   ├── EmptyInput             a file without a header or without a single resource
    │   ├── UnknownFormat          columns that belong to no known format
    │   ├── FrameError             a frame that breaks its schema
    │   ├── CurrencyError          an amount that is not in the currency that is needed
    │   └── BackendError           the engine that reduces bills is unknown, absent or fails
    ├── Cancelled                  somebody asked to stop
    ├── PriceError                 the catalogue has no answer
    │   ├── UnknownPrice           a type, region or platform that is not in it
    │   └── CatalogueError         a catalogue that cannot be read
    ├── StateError                 a stored JSON document
    │   ├── StateUnreadable        does not parse, or does not fit its model
    │   ├── StateTooNew            written by a later version
    │   └── StateChanged           changed by somebody else since it was read
    ├── BudgetError                a budget that makes no sense
    │   └── UnknownBudget          no budget has this id
    ├── AlertError                 something that cannot be done with an alert
    │   └── UnknownAlert           no alert has this id
    ├── AnomalyError               a verdict on an anomaly that makes no sense
    │   └── UnknownAnomaly         no anomaly has this id
    ├── LifecycleError             a lifecycle of storage that AWS would refuse, or that makes no sense
    ├── ChannelError               a channel for alerts that cannot be used
    ├── PolicyError                a tag policy that makes no sense
    ├── VirtualTagError            a virtual tag that makes no sense, or that is not in force
    ├── AllocationError            a chargeback that cannot be made as asked
    ├── OutputError                a file that cannot be written
    ├── ModelError                 a trained model that cannot be kept or used
    │   ├── ModelRefused           its file is not what this user's key has signed
    │   └── ModelKeyUnusable       the key cannot be read, made or trusted
    └── NotAvailable               asked for something that this version does not do

Bad calls raise; bad rows are returned, as an ``Issue`` with the dollars they concern.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


class FinOpsError(Exception):
    """The root: ``except FinOpsError`` catches whatever this package raises on purpose."""


class InputError(FinOpsError):
    """An input that cannot be used as a whole."""


class FileUnreadable(InputError):
    """The file is missing, is a folder, may not be read, or is not text."""


class EmptyInput(InputError):
    """The file holds no header or not one row."""


class UnknownFormat(InputError):
    """The columns belong to no format that is known; the message lists received and expected."""


class FrameError(InputError):
    """A frame lacks a column, or a column has another type than its schema says."""


class CurrencyError(InputError):
    """Amounts in another currency than the one needed, or in two currencies at once."""


class BackendError(InputError):
    """The engine that reduces bills (DuckDB, Spark) is unknown, not installed, or fails."""


class Cancelled(FinOpsError):
    """Somebody asked to stop; what was half done is gone."""


class PriceError(FinOpsError):
    """The price catalogue has no answer."""


class UnknownPrice(PriceError):
    """No price for this type, region and platform. There is never a default price."""


class CatalogueError(PriceError):
    """A price catalogue that cannot be read."""


class StateError(FinOpsError):
    """A stored JSON document cannot be used."""


class StateUnreadable(StateError):
    """The document does not parse or does not fit its model. It stays where it is."""


class StateTooNew(StateError):
    """The document was written by a later version. It stays where it is."""


class StateChanged(StateError):
    """The document has changed since it was read; nothing was overwritten."""


class BudgetError(FinOpsError):
    """A budget whose scope, amount, period or thresholds make no sense."""


class UnknownBudget(BudgetError):
    """No budget has this id."""


class AlertError(FinOpsError):
    """Something that cannot be done with an alert in the state that it is in."""


class UnknownAlert(AlertError):
    """No alert has this id."""


class AnomalyError(FinOpsError):
    """A verdict on an anomaly that makes no sense."""


class UnknownAnomaly(AnomalyError):
    """No anomaly has this id."""


class LifecycleError(FinOpsError):
    """A lifecycle of storage that AWS would refuse, or assumptions that make no sense."""


class ChannelError(FinOpsError):
    """A channel for alerts that cannot be used. The message quotes no address: they hold secrets."""


class PolicyError(FinOpsError):
    """A tag policy that makes no sense."""


class VirtualTagError(FinOpsError):
    """A virtual tag that makes no sense, or one that is not in force."""


class AllocationError(FinOpsError):
    """A chargeback that cannot be made as asked."""


class OutputError(FinOpsError):
    """A file that cannot be written; what stood there before still does."""


class ModelError(FinOpsError):
    """A trained model that cannot be kept or used."""


class ModelRefused(ModelError):
    """The file of a model is not what this user's key has signed; nothing of it was run."""


class ModelKeyUnusable(ModelError):
    """The key that signs models cannot be read, made or trusted."""


class ModelBeaten(ModelError):
    """A simple rule does clearly better on this data; what the model says is shown only on request."""


class NotAvailable(FinOpsError):
    """Something that this version does not do; the message says what it does instead."""


Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """Something that is wrong with an input, or that a reader of its figures should know.

    ``row_numbers`` are line numbers of the file, the header being line 1; ``rows`` counts them all.
    ``cost_usd`` is what the rows cost in a month (hourly costs × 730), or None where that is unknown.
    ``set_aside`` says that the rows are not part of any figure: shown + set aside = the file.
    """

    severity: Severity
    code: str
    message: str
    file: str = ""
    rows: int = 0
    cost_usd: float | None = None
    row_numbers: tuple[int, ...] = ()
    set_aside: bool = False
