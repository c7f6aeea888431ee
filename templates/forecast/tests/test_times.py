from __future__ import annotations

from datetime import datetime

import pytest

from ml_project.times import Frequency, parse_time, written


@pytest.mark.parametrize(
    ("text", "later"),
    [
        ("2015", "2016"),
        ("2015-03", "2016-03"),
        ("2015-03-31", "2016-03-31"),
        ("2015-03-31 12:30", "2016-03-31 12:30"),
        ("2015-03-31T12:30:05", "2016-03-31T12:30:05"),
        ("2015-03-31T12:30:05.250Z", "2016-03-31T12:30:05.250Z"),
        ("2015-12-31T23:30+05:30", "2016-12-31T23:30+05:30"),
        ("2015-01-01 00:00:00-08:00", "2016-01-01 00:00:00-08:00"),
    ],
)
def test_an_answer_has_the_form_of_the_data(text: str, later: str) -> None:
    moment = parse_time(text)
    assert moment is not None
    assert written(moment, text) == text
    year = Frequency("month", 12).after(moment, 1, moment.day)
    assert written(year, text) == later


@pytest.mark.parametrize("text", ["soon", "20155", "2015-13", "15", "2015-1-1"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_time(text)


def test_the_last_day_of_a_month_stays_the_last() -> None:
    start, months = datetime(2023, 11, 30), Frequency("month", 1)
    days = [months.after(start, step, 31).date().isoformat() for step in range(5)]
    assert days == ["2023-11-30", "2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31"]
    assert [months.steps(start, months.after(start, step, 31)) for step in range(-3, 4)] == [
        *range(-3, 4)
    ]


def test_steps_are_whole_also_where_clocks_are_not_exact() -> None:
    hours = Frequency("second", 3600)
    assert hours.steps(datetime(2024, 1, 1), datetime(2024, 1, 2, 0, 0, 7)) == 24
    assert Frequency("day", 7).steps(datetime(2024, 1, 1), datetime(2023, 12, 18)) == -2
    assert Frequency("month", 3).after(datetime(2024, 1, 1), 4, 1) == datetime(2025, 1, 1)


def test_weekdays_follow_one_another() -> None:
    friday, days = datetime(2024, 3, 1, 16, 30), Frequency("weekday", 1)
    assert days.after(friday, 1, friday.day) == datetime(2024, 3, 4, 16, 30)
    assert days.after(friday, -4, friday.day) == datetime(2024, 2, 26, 16, 30)
    assert days.after(friday, 11, friday.day) == datetime(2024, 3, 18, 16, 30)
    for steps in range(-12, 12):
        moment = days.after(friday, steps, friday.day)
        assert moment.weekday() < 5 and days.steps(friday, moment) == steps
