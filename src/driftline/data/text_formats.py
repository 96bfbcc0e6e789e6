"""Formats of numbers and dates in text: inferred over the reference, frozen in the plan.

A number format is written as the number 1234.5 looks in it (`1,234.5`, `1.234,5`, `1 234,5`, `1'234.5`), with its
currency or unit (`$1,234.5`, `1.234,5 €`, `1,234.5%`, `1,234.5 km`); a date format with the codes of `strftime`
(`%m/%d/%Y %H:%M`). The empty format means plain numbers (`1234.5`) and ISO 8601 dates.
"""

import re

import polars as pl

NUMBER_FORMATS = {"1,234.5": (",", "."), "1.234,5": (".", ","), "1 234,5": (" ", ","), "1'234.5": ("'", ".")}
_CURRENCY = r"(?:[$€£¥₹₽₩₺]|US\$|EUR|USD|GBP|CHF)"
_UNIT = r"(?:%|‰|°[CF]?|[A-Za-zµΩ²³/]{1,6}\.?|" + _CURRENCY + ")"
_SPACES = r"[\u00a0\u2009\u202f]"
_BEGINS = rf"^[-+]?\s*{_CURRENCY}?\s*[-+]?[\d.,]"
_DATE = re.compile(
    r"^(\d{1,4})([/.\-])(\d{1,2})[/.\-](\d{1,4})(?:[ T]+(\d{1,2}:\d\d)(:\d\d)?(\.\d+)?( ?[AaPp][Mm])?)?$"
)
_MOST = 5_000
_ENOUGH = 0.9


def split_format(form: str) -> tuple[str, str, str] | None:
    """What stands before the number, how its marks are, and what stands behind it; None where it is no number format.

    >>> split_format("$1,234.5"), split_format("1.234,5 km"), split_format("european")
    (('$', '1,234.5', ''), ('', '1.234,5', 'km'), None)
    """
    marks = next((marks for marks in NUMBER_FORMATS if marks in form), None)
    if marks is None:
        return None
    before, behind = form.split(marks, maxsplit=1)
    return before.strip(), marks, behind.strip()


def read_numbers(texts: pl.Series, form: str) -> pl.Series:
    """Numbers (Float64) written in a number format; null where it is none, or has another currency or unit.

    A number without the format's currency or unit is read as one with it, and the unit itself is left out: `12.5%` is
    12.5.

    >>> read_numbers(pl.Series(["$1,234.56", "(12.5)", "-$3", "20.0 km", "soon"]), "$1,234.5").to_list()
    [1234.56, -12.5, -3.0, None, None]
    >>> read_numbers(pl.Series(["1.234,56 €", "7"]), "1.234,5 €").to_list()
    [1234.56, 7.0]
    """
    before, marks, behind = split_format(form) or ("", form, "")
    return _read_marked(_without_units(_plain(texts), before, behind), marks)


def _plain(texts: pl.Series) -> pl.Series:
    """The texts with plain blanks and minus signs; what is in brackets is negative."""
    plain = texts.str.replace_all(_SPACES, " ").str.strip_chars()
    return plain.str.replace("\u2212", "-", literal=True).str.replace(r"^\((.*)\)$", "-${1}")


def _without_units(plain: pl.Series, before: str, behind: str) -> pl.Series:
    if before:
        plain = plain.str.replace(rf"^([-+]?)\s*{re.escape(before)}\s*([-+]?)", "${1}${2}")
    return plain.str.replace(rf"(\d)\s*{re.escape(behind)}$", "${1}") if behind else plain


def _read_marked(plain: pl.Series, marks: str) -> pl.Series:
    group, decimal = NUMBER_FORMATS[marks]
    g, d = re.escape(group), re.escape(decimal)
    proper = plain.str.contains(rf"^[-+]?(\d+|\d{{1,3}}({g}\d{{3}})+)?({d}\d+)?([eE][-+]?\d+)?$").fill_null(value=False)
    plain = plain.str.replace_all(group, "", literal=True).str.replace(decimal, ".", literal=True)
    return plain.set(~proper, None).cast(pl.Float64, strict=False)


def number_format(texts: pl.Series, marks: str | None = None) -> str | None:
    """The number format of texts, none of them missing: the one that reads most of them, and nine in ten at least.

    Where a comma could be either mark (`4,512`), it groups thousands unless some text shows a decimal comma (`13,6`).
    Currency and unit are those of the texts; `marks` says how the marks are where a person did.

    >>> number_format(pl.Series(["4,512", "1,200"])), number_format(pl.Series(["4,512 kg", "13,6 kg"]))
    ('1,234.5', '1.234,5 kg')
    >>> number_format(pl.Series(["apples"])) is None
    True
    """
    some = _plain(thin(texts))
    if not texts.len() or (marks is None and some.str.contains(_BEGINS).sum() <= _ENOUGH * some.len()):
        return None
    plain = some if some.len() == texts.len() else _plain(texts)
    units = plain.str.extract_groups(rf"^[-+]?\s*({_CURRENCY})?.*?\d(\s*)({_UNIT})?$")
    kinds = [units.struct.field(str(group)).drop_nulls().replace("", None).drop_nulls() for group in (1, 3)]
    if any(found.n_unique() > 1 for found in kinds) or plain.str.contains(r"\d\s*[^\d\s.,)]{7,}$").any():
        return None  # endings that differ, such as 1st and 2nd, are no unit
    before, behind = (found[0] if found.len() else "" for found in kinds)
    bare = _without_units(plain, before, behind)
    shares = {form: 1 - _read_marked(bare, form).null_count() / max(texts.len(), 1) for form in NUMBER_FORMATS}
    best = marks or max(shares, key=lambda form: shares[form])
    if marks is None and shares[best] <= _ENOUGH:
        return None
    apart = bool(behind) and (units.struct.field("2").drop_nulls() != "").any()
    return f"{before}{best}{' ' if apart else ''}{behind}"


def read_dates(texts: pl.Series, form: str) -> pl.Series:
    """Times (Datetime, microseconds) written in a date format; null where a text is not.

    >>> read_dates(pl.Series(["1/31/2024", "soon"]), "%m/%d/%Y").to_list()
    [datetime.datetime(2024, 1, 31, 0, 0), None]
    """
    zone = "UTC" if form.endswith("%z") else None
    if not re.search(r"%[HI]", form):
        return texts.str.to_date(form, strict=False).cast(pl.Datetime("us"))
    times = texts.str.to_datetime(form, time_unit="us", strict=False, time_zone=zone)
    return times.dt.replace_time_zone(None) if zone else times


def thin(values: pl.Series) -> pl.Series:
    """Some thousand of the values, evenly; all where they are fewer.

    >>> thin(pl.Series(range(15_000))).len()
    5000
    """
    step = values.len() // _MOST
    return values.gather_every(step) if step > 1 else values


def date_formats(texts: pl.Series) -> list[str]:
    """The date formats that read texts of which none is missing; two where day and month cannot be told apart.

    >>> date_formats(pl.Series(["01/02/2024", "01/13/2024"])), date_formats(pl.Series(["01/02/2024"]))
    (['%m/%d/%Y'], ['%d/%m/%Y', '%m/%d/%Y'])
    """
    texts = thin(texts) if texts.len() < 10 * _MOST else texts
    first = next((match for text in texts.head(100).to_list() if (match := _DATE.match(text))), None)
    if first is None:
        return []
    a, mark, _, c, clock, seconds, fraction, half = first.groups()
    years = "%Y" if max(len(a), len(c)) == 4 else "%y"
    orders = ("%Y{0}%m{0}%d",) if len(a) == 4 else (f"%d{{0}}%m{{0}}{years}", f"%m{{0}}%d{{0}}{years}")
    hours, ending = ("%I:%M", " %p" if half and half[0] == " " else "%p") if half else ("%H:%M", "")
    time = f" {hours}{':%S' if seconds else ''}{'%.f' if fraction else ''}{ending}" if clock else ""
    forms = [order.format(mark) + time for order in orders]
    readable = {form: texts.len() - read_dates(texts, form).null_count() for form in forms}
    most = max(readable.values())
    return [form for form in forms if readable[form] == most] if most > _ENOUGH * texts.len() else []
