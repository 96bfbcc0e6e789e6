"""Formats of numbers and dates in text: inferred over the reference, frozen in the plan.

A number format is written as the number 1234.5 looks in it (`1,234.5`, `1.234,5`, `1 234,5`, `1'234.5`), a date format
with the codes of `strftime` (`%m/%d/%Y %H:%M`). The empty format means plain numbers (`1234.5`) and ISO 8601 dates.
"""

import re

import polars as pl

NUMBER_FORMATS = {"1,234.5": (",", "."), "1.234,5": (".", ","), "1 234,5": (" ", ","), "1'234.5": ("'", ".")}
_CURRENCY = r"(?:[$€£¥₹₽₩₺]|US\$|EUR|USD|GBP|CHF)"
_UNIT = r"(?:%|‰|°[CF]?|[A-Za-zµΩ²³/]{1,6}\.?|" + _CURRENCY + ")"
_SPACES = r"[\u00a0\u2009\u202f]"
_DATE = re.compile(
    r"^(\d{1,4})([/.\-])(\d{1,2})[/.\-](\d{1,4})(?:[ T]+(\d{1,2}:\d\d)(:\d\d)?(\.\d+)?( ?[AaPp][Mm])?)?$"
)
_MOST = 5_000
_ENOUGH = 0.9


def read_numbers(texts: pl.Series, form: str) -> pl.Series:
    """Numbers (Float64) written in a number format, with a currency, a percent sign or a unit; null where it is none.

    The unit is left out: `12.5%` is 12.5.

    >>> read_numbers(pl.Series(["$1,234.56", "(12.5)", "20.0 km", "soon"]), "1,234.5").to_list()
    [1234.56, -12.5, 20.0, None]
    >>> read_numbers(pl.Series(["1.234,56 €", "7"]), "1.234,5").to_list()
    [1234.56, 7.0]
    """
    group, decimal = NUMBER_FORMATS[form]
    plain = texts.str.replace_all(_SPACES, " ").str.strip_chars()
    plain = plain.str.replace("\u2212", "-", literal=True).str.replace(r"^\((.*)\)$", "-${1}")
    plain = plain.str.replace(rf"^([-+]?)\s*{_CURRENCY}\s*([-+]?)", "${1}${2}").str.replace(rf"(\d)\s*{_UNIT}$", "${1}")
    g, d = re.escape(group), re.escape(decimal)
    proper = plain.str.contains(rf"^[-+]?(\d+|\d{{1,3}}({g}\d{{3}})+)?({d}\d+)?([eE][-+]?\d+)?$").fill_null(value=False)
    plain = plain.str.replace_all(group, "", literal=True).str.replace(decimal, ".", literal=True)
    return plain.set(~proper, None).cast(pl.Float64, strict=False)


def number_format(texts: pl.Series) -> str | None:
    """The number format of texts, none of them missing: the one that reads most of them, and nine in ten at least.

    Where a comma could be either mark (`4,512`), it groups thousands unless some text shows a decimal comma (`13,6`).

    >>> number_format(pl.Series(["4,512", "1,200"])), number_format(pl.Series(["4,512", "13,6"]))
    ('1,234.5', '1.234,5')
    >>> number_format(pl.Series(["apples"])) is None
    True
    """
    if texts.str.extract(r"\d\s*([^\d\s.,]+)$").drop_nulls().n_unique() > 1:
        return None  # endings that differ, such as 1st and 2nd, are no unit
    shares = {form: 1 - read_numbers(texts, form).null_count() / max(texts.len(), 1) for form in NUMBER_FORMATS}
    best = max(shares, key=lambda form: shares[form])
    return best if texts.len() and shares[best] > _ENOUGH else None


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


def date_formats(texts: pl.Series) -> list[str]:
    """The date formats that read texts of which none is missing; two where day and month cannot be told apart.

    >>> date_formats(pl.Series(["01/02/2024", "01/13/2024"])), date_formats(pl.Series(["01/02/2024"]))
    (['%m/%d/%Y'], ['%d/%m/%Y', '%m/%d/%Y'])
    """
    texts = texts.gather_every(max(1, texts.len() // _MOST)) if texts.len() < 10 * _MOST else texts
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
