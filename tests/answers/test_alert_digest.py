"""A message says what, how much, when and what to do; and names in it are only names."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.answers.alert_digest import as_data, digest
from tests.budget_manager.test_alert_history import alert


def test_a_message_about_one_alert() -> None:
    one = alert(
        1,
        kind="forecast",
        severity="forecast",
        forecast_usd=120.25,
        message="Budget 1: $81.50 spent since 2026-10-01; forecast to end at $120.25",
        action="Find what grew.",
    )
    message = digest([one])
    assert message.subject == "FinOps: forecast to exceed: Budget 1"
    assert message.body == (
        "FORECAST TO EXCEED: Budget 1: $81.50 spent since 2026-10-01; forecast to end at $120.25\n"
        "Dollars: actual $81.50, forecast $120.25, budget $100.00\n"
        "Period: 2026-10-01 to 2026-10-31\n"
        "What to do: Find what grew.\n"
        f"Alert {one.id}, seen on 2026-10-18\n"
    )


def test_a_message_about_many_counts_them_and_begins_with_the_gravest() -> None:
    alerts = [
        alert(1, severity="early_warning"),
        alert(2, severity="exceeded"),
        alert(3, severity="early_warning"),
        alert(4, severity="pace"),
    ]
    message = digest(alerts)
    assert message.subject == "FinOps: 4 alerts: 1 exceeded, 1 early burn, 2 early warning"
    order = [message.body.index(alerts[number].id) for number in (1, 3, 0, 2)]
    assert order == sorted(order)


def test_dollars_and_periods_of_other_sources() -> None:
    idle = alert(1, source="commitment", kind="utilization", actual_usd=521.07)
    ends = alert(
        2,
        source="commitment",
        kind="expiry",
        unit="days",
        actual_usd=None,
        period_start=date(2026, 11, 5),
        period_end=date(2026, 11, 5),
    )
    old = alert(3, period_end=None)
    body = digest([idle, ends, old]).body
    assert "Dollars: $521.07 a month\nPeriod: 2026-10-01 to 2026-10-31\n" in body
    assert "Dollars: unknown\nPeriod: 2026-11-05\n" in body
    assert "Period: from 2026-10-01\n" in body


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("R&D (EU) – 50 %", "R&D (EU) – 50 %"),
        ("ada@example.com", "ada@example.com"),
        ("line\none\r\nBcc: x", "line one Bcc: x"),
        ("<!channel> <https://evil.example|click>", "‹!channel› ‹https:\u2060//evil.example|click›"),
        ("@everyone", "@\u2060everyone"),
        ("[click](https://evil.example)", "[click]\u2060(https:\u2060//evil.example)"),
        ("\x1b[31mred", "[31mred"),
    ],
)
def test_names_are_data(name: str, seen: str) -> None:
    assert as_data(name) == seen


@given(st.text())
def test_no_name_breaks_its_line_or_marks_anything_up(name: str) -> None:
    text = as_data(name)
    assert len(text.splitlines()) <= 1
    assert not any(mark in text for mark in ("<", ">", "://", "]("))
    message = digest([alert(1, subject=name, message=name, action="")])
    assert len(message.subject.splitlines()) == 1
    assert len(message.subject) <= 150
    assert len(message.body.splitlines()) == 4
