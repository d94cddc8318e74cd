"""Which rule does the reader try, and what do they assume? The controls of the lifecycle view."""

from __future__ import annotations

import streamlit as st

from finops.answers.lifecycle import LifecycleSettings, Step

# The classes that the view offers: name, the age in days to begin with, the earliest, what AWS bills.
_CLASSES: dict[str, tuple[str, int, int, str]] = {
    "STANDARD_IA": (
        "Standard-IA",
        30,
        30,
        "30 days at the earliest. Billed for 30 days and 128 KB an object at least.",
    ),
    "GLACIER_IR": (
        "Glacier Instant",
        90,
        0,
        "Read in milliseconds. Billed for 90 days and 128 KB an object at least.",
    ),
    "GLACIER": (
        "Glacier Flexible",
        180,
        0,
        "Restored in hours. Billed for 90 days at least, with 40 KB more an object.",
    ),
    "DEEP_ARCHIVE": (
        "Deep Archive",
        365,
        0,
        "Restored in 12 hours. Billed for 180 days at least, with 40 KB more an object.",
    ),
}
# Controls stand beside each other while there is room for them. They are no sliders: those write their
# value in the primary colour, which is too pale on a dark page.
_WIDE, _NUMBER = 300, 220
_AGES = {
    "even": "Came in evenly since the bucket was made",
    "equal": "All of one age",
}


def controls() -> LifecycleSettings:
    """Draw the controls and say what they stand at."""
    steps = _rule()
    row = st.container(horizontal=True)
    read = row.number_input(
        "Read a month, % of what is stored",
        0.0, 100.0, 1.0, 0.5,
        key="s3_read", persist_state="session", format="%.1f", width=_WIDE,
        help="GB read a month ÷ GB stored, in every class alike. No list tells it; S3 Storage Lens and "
        "server access logs do. Reading costs nothing a GB in Standard, and up to 3 cents elsewhere.",
    )  # fmt: skip
    growth = row.number_input(
        "New data a month, % of what is stored",
        0.0, 20.0, 0.0, 0.5,
        key="s3_growth", persist_state="session", format="%.1f", width=_WIDE,
        help="Comes in evenly over each month, in objects of the present mean size.",
    )  # fmt: skip
    months = row.number_input(
        "Months ahead", 1, 60, 12, 1,
        key="s3_months", persist_state="session", width=_WIDE,
        help="Months of 730 hours. What moving costs comes at the start, the saving later.",
    )  # fmt: skip
    return _assumed(steps, read, growth, int(months))


def _rule() -> tuple[Step, ...]:
    names = st.multiselect(
        "Classes of the rule",
        list(_CLASSES),
        [step.storage_class for step in LifecycleSettings().steps],
        format_func=lambda name: _CLASSES[name][0],
        key="s3_classes", persist_state="session", placeholder="No rule",
        help="Where objects go as they age, from warm to cold.",
    )  # fmt: skip
    steps = []
    row = st.container(horizontal=True)
    for name in [name for name in _CLASSES if name in names]:
        label, days, least, meaning = _CLASSES[name]
        after = row.number_input(
            f"{label} after, days",
            least, 3650, days, 1,
            key=f"s3_days_{name}", persist_state="session", width=_NUMBER,
            help=f"{meaning} Counted from an object's creation; what is older when it begins moves "
            "on the first day.",
        )  # fmt: skip
        steps.append(Step(int(after), name))
    return tuple(steps)


def _assumed(steps: tuple[Step, ...], read: float, growth: float, months: int) -> LifecycleSettings:
    with st.expander("What else is assumed", icon=":material/tune:"):
        st.caption(
            "No resource list tells how old objects are, or how often they are read. The answer is only "
            "as good as these assumptions."
        )
        left, right = st.columns(2, gap="large")
        ages = left.radio(
            "Age of the data",
            list(_AGES),
            format_func=_AGES.__getitem__,
            key="s3_ages", persist_state="session",
            help="The bucket's age is the most that an object can have. Evenly: as much came in on each "
            "day since. One age: choose 0 for what is all new, a cautious case.",
        )  # fmt: skip
        age = left.number_input(
            "If of one age, days",
            0, 36_500, 0, 10,
            key="s3_age_days", persist_state="session", disabled=ages == "even",
            help="How old every object is today.",
        )  # fmt: skip
        deleted = left.number_input(
            "Deleted after, days",
            1, 36_500, None, 30,
            key="s3_deleted", persist_state="session", placeholder="never",
            help="The age at which objects are deleted, with the rule or without. What leaves a class "
            "before its shortest stay is over is billed to its end.",
        )  # fmt: skip
        gets = right.number_input(
            "GET requests for an object read",
            0.0, 10_000.0, 1.0, 1.0,
            key="s3_gets", persist_state="session",
            help="1 where objects are read whole, more where they are read in parts.",
        )  # fmt: skip
        puts = right.number_input(
            "PUT requests for a new object",
            0.0, 10_000.0, 1.0, 1.0,
            key="s3_puts", persist_state="session",
            help="1 where objects are written whole, more for multipart uploads. The same both ways.",
        )  # fmt: skip
        small = right.toggle(
            "Move objects below 128 KB, too",
            key="s3_small", persist_state="session",
            help="AWS leaves them where they are unless the rule has a size filter that says otherwise.",
        )  # fmt: skip
    return LifecycleSettings(
        steps=steps,
        ages="equal" if ages == "equal" else "even",
        equal_age_days=int(age),
        retrieved_pct=read,
        gets_per_object=gets,
        puts_per_object=puts,
        growth_pct=growth,
        deleted_after_days=None if deleted is None else int(deleted),
        months=months,
        small_objects=small,
    )
