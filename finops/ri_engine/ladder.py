"""When should it be bought? A purchase ladder: expiries spread, so that no month decides over too much.

**The cap.** For every month of the window, the dollars an hour of the commitments that end in it are at
most ``max_expiring_pct`` percent of those that stand when it begins. Dollars are amortised; owned
commitments, the advice and the renewals of both count, for what ends is taken to be renewed as it is
(``ladder_months``): without that, the last commitment of any ladder would be all that stands when it
ends. The window has twice the longest term of the advice: every first end of a purchase that waits for
up to its term lies in it, and after it the months come again.

**The schedule.** Purchases wait by whole months, in whole Reserved Instances and tenths of a cent of a
plan: bought on the day after ``as_of`` or on the first day of a later month. Of all schedules that keep
every month under the cap the one is taken whose waiting forgoes the least savings (``ladder_schedule``):
what saves most is bought first. Without a cap everything is bought on the first day.

**What cannot be met is named.** A month in which owned commitments end over the cap, whatever is bought
beside them, gets no further end where that can be avoided. Where no schedule keeps every other month
under the cap (one-year terms spread evenly end by 8.33 % a month), the dollars over it are the least
possible, added up over the months of the longest term. Both kinds of month are listed with why.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from finops.money import exact
from finops.periods import utc
from finops.ri_engine.ladder_months import Standing, Window, options
from finops.ri_engine.ladder_schedule import TOLERANCE_USD, Counts, Lot, at_once, spread
from finops.ri_engine.ladder_steps import Ladder, LadderStep, OverCap, renewal, tranches
from finops.ri_engine.optimum.limits import PLAN_STEP_USD
from finops.ri_engine.proposals import DAYS_PER_YEAR
from finops.ri_engine.purchases import Purchase
from finops.ri_engine.quantity import Floats

RENEWAL_DAYS = DAYS_PER_YEAR


def purchase_ladder(
    purchases: Sequence[Purchase],
    hourly_savings_usd: Sequence[float],
    owned: pd.DataFrame,
    as_of: date,
    max_expiring_pct: float | None = None,
) -> Ladder:
    """The ladder of the advice beside what is owned (a ``commitments`` frame). See the module.

    ``hourly_savings_usd`` has the mean hour's saving of each purchase; one that loses waits for nothing.
    Neither the order of purchases nor that of owned rows matters. Raises ValueError for a cap that is
    not above 0 and up to 100, and where savings are not one a purchase.
    """
    if max_expiring_pct is not None and not 0 < max_expiring_pct <= 100:
        raise ValueError(f"max_expiring_pct is {max_expiring_pct}; it is above 0 and up to 100 percent")
    pairs = sorted(zip(purchases, hourly_savings_usd, strict=True), key=_by_content)
    bought = [one for one, _ in pairs]
    lots = [_lot(one, saving) for one, saving in pairs]
    window = Window.of(as_of, max((one.term_years for one in bought), default=1))
    standing = Standing.of(owned, as_of)
    held = standing.dollars(window)
    now = at_once(lots, window)
    cap = None if max_expiring_pct is None else max_expiring_pct / 100
    found = now if cap is None else spread(lots, window, held, cap)
    before, after = (_dollars(lots, one.units, window, held) for one in (now, found))
    steps = [
        step
        for one, lot, units in zip(bought, lots, found.units, strict=True)
        for step in tranches(one, lot, units, window)
    ]
    steps += _renewals(standing, window)
    return Ladder(
        as_of=as_of,
        max_expiring_pct=max_expiring_pct,
        steps=tuple(sorted(steps, key=_by_day)),
        cannot_be_met=()
        if cap is None
        else _over(window, cap, before, after, held, proven=found.proven),
        not_counted=standing.not_counted,
        proven=found.proven,
        months=_months(window, before, after),
    )


def timeline(ladder: Ladder, owned: pd.DataFrame) -> pd.DataFrame:
    """Bars of a chart: name, start, end (UTC), state (owned, advised, renewal), hourly_usd.

    $ an hour are NaN where unknown. What is owned first, the next to end on top, then the steps by day.
    """
    standing = Standing.of(owned, ladder.as_of)
    order = np.lexsort((np.arange(len(standing.rows)), standing.rows["End"].to_numpy()))
    rows = standing.rows.to_dict("records")
    bars: list[tuple[object, ...]] = []
    for number in order:
        row, term = rows[number], standing.term_years[number]
        name = f"{renewal(row, term, standing.hourly_usd[number]).title} · {row['CommitmentId']}"
        bars.append((name, row["Start"], row["End"], "owned", standing.hourly_usd[number]))
    for step in ladder.steps:
        start, end = utc(step.purchase_on), utc(step.expires_on)
        bars.append((step.title, start, end, step.state, step.hourly_usd))
    frame = pd.DataFrame(bars, columns=["name", "start", "end", "state", "hourly_usd"])
    for moment in ("start", "end"):
        frame[moment] = pd.to_datetime(frame[moment], utc=True).astype("datetime64[us, UTC]")
    return frame.astype({"name": "str", "state": "str", "hourly_usd": "float64"})


def _by_content(pair: tuple[Purchase, float]) -> tuple[str, float]:
    return str(pair[0]), pair[1]


def _by_day(step: LadderStep) -> tuple[object, ...]:
    return step.purchase_on, step.state, -step.forgone_savings_usd, step.title, str(step)


def _lot(one: Purchase, saving: float) -> Lot:
    units = one.quantity or 0
    if one.hourly_commitment_usd is not None:
        units = max(1, int(exact(one.hourly_commitment_usd) // exact(PLAN_STEP_USD)))
    return Lot(
        units=units,
        unit_usd=one.hourly_usd / units,
        unit_saving_usd=max(0.0, saving) / units,
        term_years=one.term_years,
    )


def _renewals(standing: Standing, window: Window) -> list[LadderStep]:
    """What ends within a year and is not renewed yet, to be decided on the day that it ends."""
    last = utc(window.first) + pd.Timedelta(days=RENEWAL_DAYS)
    rows = standing.rows.to_dict("records")
    return [
        renewal(row, term, hourly)
        for row, term, hourly, done in zip(
            rows, standing.term_years, standing.hourly_usd, standing.succeeded, strict=True
        )
        if row["End"] <= last and not done
    ]


def _dollars(
    lots: Sequence[Lot], units: Sequence[Counts], window: Window, held: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """$ an hour (M,) that stand and that end with what is owned and so many units of each lot."""
    stands, ends = (part.copy() for part in held)
    by_term = {lot.term_years: options(window, lot.term_years) for lot in lots}
    for lot, counts in zip(lots, units, strict=True):
        of_stands, of_ends = by_term[lot.term_years]
        stands += lot.unit_usd * (counts @ of_stands)
        ends += lot.unit_usd * (counts @ of_ends)
    return stands, ends


def _over(
    window: Window,
    cap: float,
    before: tuple[Floats, Floats],
    after: tuple[Floats, Floats],
    held: tuple[Floats, Floats],
    *,
    proven: bool,
) -> tuple[OverCap, ...]:
    stands, ends = after
    most_standing, owned_ends = before[0], held[1]
    found = []
    for number in np.flatnonzero(ends - cap * stands > TOLERANCE_USD):
        if owned_ends[number] - cap * most_standing[number] > TOLERANCE_USD:
            reason = (
                f"owned commitments of ${owned_ends[number]:,.4f} an hour end then, of at most "
                f"${most_standing[number]:,.4f} that can stand: over {cap * 100:g} % whatever is bought"
            )
        else:
            reason = (
                f"no schedule in whole units {'keeps' if proven else 'was found that keeps'} every "
                f"month under {cap * 100:g} % beside what is owned: spread evenly, one-year terms end "
                "by 8.33 % a month and three-year terms by 2.78 %"
            )
        found.append(
            OverCap(
                month=str(window.months[number]),
                expiring_usd=float(ends[number]),
                standing_usd=float(stands[number]),
                expiring_pct=float(ends[number] / stands[number] * 100) if stands[number] else None,
                reason=reason,
            )
        )
    return tuple(found)


def _months(window: Window, before: tuple[Floats, Floats], after: tuple[Floats, Floats]) -> pd.DataFrame:
    columns: dict[str, object] = {"month": [str(month) for month in window.months]}
    for when, (stands, ends) in (("before", before), ("after", after)):
        columns[f"{when}_standing_usd"], columns[f"{when}_expiring_usd"] = stands, ends
        share = np.divide(ends, stands, out=np.full_like(ends, np.nan), where=stands > 0)
        columns[f"{when}_expiring_pct"] = share * 100
    return pd.DataFrame(columns)
