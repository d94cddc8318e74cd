"""What is to be done first, and what does all of it save? One list over all engines, no dollar twice.

Usage is put right first, then committed to: every row is worth what it saves once the rows above it are
done. What a change of instances saves is the difference of two bills of the simulator under the owned
commitments; purchases are advised for the hours that are left. So the rows add up to what the simulator
saves when all are done. Candidates, of which one figure of a list speaks, are named beside it, without
dollars.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

from finops.answers.commitments import CommitmentSettings, as_commitments, prices_for, recommend
from finops.answers.rightsizing import Rightsizing, rightsizing
from finops.answers.simulation import SimulatedBill, SimulationSettings, simulate
from finops.errors import EmptyInput
from finops.estate import Estate
from finops.insights.actions import Change, changed, changes
from finops.insights.findings import Evidence, Finding, Kind
from finops.money import HOURS_PER_YEAR, exact_sum
from finops.periods import between
from finops.pricing import Catalogue
from finops.ri_engine import Recommendation
from finops.schema import COMMITMENTS, concat

Link = Literal["EC2", "S3", "ML Insights", "Enterprise FinOps"]

# So many changes are billed one by one; the rest, which saves least, is billed as one.
ONE_BY_ONE = 12
_LEAST_USD = 0.005

_EFFORT: dict[Kind, str] = {
    "idle": "small: make sure that nobody misses it, then stop it",
    "oversized": "small: stop, change the type, start",
    "old_generation": "medium: test the load on the newer type, then change it",
}
_CONFIDENCE: dict[Evidence, str] = {
    "hourly": "14 days of hourly metrics",
    "catalogue": "prices alone; that the newer type is as fast is not measured",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionSettings:
    """The bill is that of the last ``lookback_days`` days; ``commitments`` says what may be bought."""

    lookback_days: int = 30
    commitments: CommitmentSettings = field(default_factory=CommitmentSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One row. ``annual_saving_usd`` is what a year saves once the rows above are done.

    ``step`` is 1 for usage, 2 for commitments. ``confidence_pct`` is the calibrated probability of a
    purchase, None where there is none; ``confidence`` says in words what the saving rests on. ``link``
    is the tab with the details, ``term_years`` the term of a purchase. ``look_first`` are instances of a
    purchase's family and region that are candidates for being idle or too large: worth a look before
    their hours are committed to.
    """

    step: int
    title: str
    annual_saving_usd: float
    upfront_usd: float
    effort: str
    confidence: str
    confidence_pct: float | None
    link: Link
    term_years: int | None = None
    resources: tuple[str, ...] = ()
    look_first: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """The list. ``annual_saving_usd`` = Σ of the rows = ``before_usd`` − ``after_usd`` (to the cent).

    Those two are the simulator's bill of the days, brought to a year, under the owned commitments and
    under them and the purchases. ``candidates`` are findings that are in no row. ``not_applied`` are
    changes that save nothing, since commitments are paid anyway, or of which the usage has no hours.
    """

    actions: tuple[Action, ...]
    annual_saving_usd: float
    before_usd: float
    after_usd: float
    candidates: int
    not_applied: tuple[str, ...]
    days: int
    as_of: date
    rightsizing: Rightsizing = field(compare=False, repr=False)


def actions(
    estate: Estate, settings: ActionSettings | None = None, catalogue: Catalogue | None = None
) -> Actions:
    """The ranked list of an estate with hourly usage.

    Raises EmptyInput without usage: two bills of one hour would prove nothing.
    """
    asked = settings or ActionSettings()
    if estate.usage.empty:
        raise EmptyInput(
            "actions are ranked by the bill of hourly usage, and there is none; give hourly usage "
            "(--usage), or a bill with hours of instances (--billing)"
        )
    found = rightsizing(estate, catalogue)
    books = _Books(estate, asked, catalogue)
    before = books.annual_usd
    first = books.put_right(changes(found.findings))
    second = books.commit(found.findings)
    rows = (*first, *_ranked(second))
    return Actions(
        actions=rows,
        annual_saving_usd=float(exact_sum(row.annual_saving_usd for row in rows)),
        before_usd=before,
        after_usd=books.annual_usd,
        candidates=found.candidates,
        not_applied=tuple(dict.fromkeys(books.not_applied)),
        days=books.hours // 24,
        as_of=estate.as_of,
        rightsizing=found,
    )


class _Books:
    """The estate as it is after the actions so far, and its bill in a year."""

    def __init__(self, estate: Estate, asked: ActionSettings, catalogue: Catalogue | None) -> None:
        self._asked, self._catalogue = asked, catalogue
        self._prices = prices_for(asked.commitments, catalogue)
        bill = self._bill(estate)
        inside = between(estate.usage["Hour"], bill.period_start, bill.period_end + timedelta(days=1))
        self._estate = replace(estate, usage=estate.usage[inside].reset_index(drop=True))
        self.hours, self.annual_usd = bill.hours, _annual(bill)
        self.not_applied: list[str] = []

    def put_right(self, wanted: tuple[Change, ...]) -> list[Action]:
        """The changes that lower the bill, the most worth first; they are done from then on.

        What a change is worth hangs on those before it, so they are billed once more in their order.
        """
        groups = [[change] for change in wanted[:ONE_BY_ONE]]
        if wanted[ONE_BY_ONE:]:
            groups.append(list(wanted[ONE_BY_ONE:]))
        before = self._estate, self.annual_usd
        tried = [(group, row) for group in groups if (row := self._done(group)) is not None]
        ranked = sorted(tried, key=lambda pair: (-pair[1].annual_saving_usd, pair[1].title))
        if ranked == tried:
            return [row for _, row in tried]
        self._estate, self.annual_usd = before
        again = [self._done(group) for group, _ in ranked]
        return [row for row in again if row is not None]

    def _done(self, group: list[Change]) -> Action | None:
        usage, applied = self._estate.usage, []
        for change in group:
            after = changed(usage, change, self.hours)
            if after is None:
                self.not_applied.append(f"{change.title}: the usage has no hours of them")
            else:
                usage = after
                applied.append(change)
        estate = replace(self._estate, usage=usage)
        annual = _annual(self._bill(estate)) if applied else self.annual_usd
        saving = self.annual_usd - annual
        if saving < _LEAST_USD:
            reason = "saves nothing, for commitments are paid anyway"
            self.not_applied.extend(f"{change.title}: {reason}" for change in applied)
            return None
        self._estate, self.annual_usd = estate, annual
        return _of_changes(applied, saving)

    def commit(self, findings: Sequence[Finding]) -> list[Action]:
        """The purchases that are advised for what is left."""
        if not self._estate.usage["Quantity"].sum() > 0:
            return []
        wanted = replace(self._asked.commitments, lookback_days=self._asked.lookback_days)
        advice = recommend(self._estate, wanted, self._catalogue)
        if not advice.report.recommendations:
            return []
        bought = as_commitments(advice, self._estate)
        owned = concat([self._estate.commitments, bought], COMMITMENTS)
        self._estate = replace(self._estate, commitments=owned)
        self.annual_usd = _annual(self._bill(self._estate))
        return [_of_purchase(row, findings) for row in advice.report.recommendations]

    def _bill(self, estate: Estate) -> SimulatedBill:
        asked = SimulationSettings(lookback_days=self._asked.lookback_days, as_if_owned=True)
        return simulate(estate, asked, self._prices)


def _annual(bill: SimulatedBill) -> float:
    """Dollars of a year. A fee that nobody knows is in no bill, so in no difference of two either."""
    known = bill.residual_usd + float(bill.by_commitment["cost_usd"].sum())
    return known / bill.hours * HOURS_PER_YEAR


def _of_changes(applied: list[Change], saving: float) -> Action:
    title = applied[0].title if len(applied) == 1 else f"{len(applied)} smaller changes of instances"
    return Action(
        step=1,
        title=title,
        annual_saving_usd=saving,
        upfront_usd=0.0,
        effort=_each(_EFFORT[change.kind] for change in applied),
        confidence=_each(_CONFIDENCE[change.evidence] for change in applied),
        confidence_pct=None,
        link="EC2",
        resources=tuple(name for change in applied for name in change.instance_ids),
    )


def _each(words: Iterable[str]) -> str:
    """What is said of several, each once."""
    return "; ".join(dict.fromkeys(words))


def _of_purchase(row: Recommendation, findings: Sequence[Finding]) -> Action:
    family = row.instance_family or (row.instance_type or "").partition(".")[0]
    doubtful = tuple(
        finding.instance_id
        for finding in findings
        if finding.kind in {"idle", "oversized"}
        and not finding.counts
        and (finding.region, finding.instance_type.partition(".")[0]) == (row.region, family)
    )
    years = f"{row.term_years} year{'' if row.term_years == 1 else 's'}"
    return Action(
        step=2,
        title=row.title,
        annual_saving_usd=row.annual_savings_usd,
        upfront_usd=row.upfront_usd,
        effort=f"small: one purchase, binding for {years}",
        confidence="hourly usage" if row.evidence == "hourly" else "launch dates alone",
        confidence_pct=row.confidence_pct,
        link="Enterprise FinOps",
        term_years=row.term_years,
        look_first=doubtful,
    )


def _ranked(rows: list[Action]) -> list[Action]:
    return sorted(rows, key=lambda row: (-row.annual_saving_usd, row.title))
