"""Reads a column of any type as numbers or as labels, row by row: what a value becomes never hangs on its neighbours.

Text that says "no value" (NA, null, a dash …) is missing in a column of numbers or dates; in labels it is a label.
"""

from functools import lru_cache
from typing import Any

import polars as pl

from driftline.clocks import find_clock
from driftline.data import text_formats
from driftline.types import Kind

EXACT = 2**53
_LAST_DIGITS = 2.0**-50  # relative to a whole number: what arithmetic leaves beside it
TEXTS = (pl.String, pl.Categorical, pl.Enum)
TRUTH = {"1": "true", "0": "false"}
_MANY, _CLOSE = 2_000, 1_000  # rows, and how far apart whole numbers are, for which each label is written once
_NOTHING = ("", "na", "n/a", "#n/a", "<na>", "n.a.", "nat", "null", "(null)", "none", "nil", "\\n", "-", "--", "?")
_FORMS = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S%.f%#z")
_DATE = r"\d-\d"  # is in every date of these forms
_OFFSET = r"(Z|UTC|GMT|:\d\d(\.\d+)?\s*[+-]\d\d(:?\d\d)?)$"  # text that says its zone
_DECIMAL_COMMA = r"^[-+]?\d+,(\d{1,2}|\d{4,})([eE][-+]?\d+)?$"
_PER_UNIT = {"ms": 1e3, "us": 1.0, "ns": 1e-3}
_EPOCHS = {1e6: 1.0, 1e3: 1e3, 1.0: 1e6, 1e-3: 1e9}  # microseconds per unit, units per second
_DECADES = (631_152_000.0, 4_102_444_800.0)  # 1990 to 2100 in seconds since 1970: numbers that can be a time
_CALENDAR_DATES = (19_000_101.0, 21_001_231.0)  # numbers that can be a date: year, month and day
_CALENDAR = (-62_135_596_800_000_000, 253_402_300_799_999_999)  # years 1 to 9999, in microseconds


def is_typed(file: str) -> bool:
    """Whether a file format tells the type of its columns, rather than leaving it to be guessed from text.

    >>> is_typed("parquet"), is_typed("csv separated by ';'")
    (True, False)
    """
    return not file.startswith(("csv", "json"))


def is_nested(dtype: pl.DataType) -> bool:
    """Whether values of a type have no plain text of their own: lists, structs, maps, bytes, Python's objects.

    >>> is_nested(pl.List(pl.Int8()))
    True
    """
    return dtype.is_nested() or isinstance(dtype, pl.Binary | pl.Object)


def is_local(dtype: pl.DataType) -> bool:
    """Whether a type is one of times that do not say their zone.

    >>> is_local(pl.Datetime("us")), is_local(pl.Datetime("us", "UTC"))
    (True, False)
    """
    return dtype == pl.Date or (isinstance(dtype, pl.Datetime) and dtype.time_zone is None)


def drop_nulls(series: pl.Series) -> pl.Series:
    """The values that are not null; where none is, the series itself, which spares a query.

    >>> drop_nulls(pl.Series([1, None])).to_list()
    [1]
    """
    return series.drop_nulls() if series.null_count() else series


def as_numbers(series: pl.Series, kind: Kind, form: str = "", zone: str = "") -> pl.Series:
    """The column as Float64; what is missing, or cannot be read as a number of that kind, becomes null.

    Datetimes become microseconds since 1970 UTC, durations and times of day seconds. Numbers in a column of datetimes
    are read as seconds, milli-, micro- or nanoseconds since 1970, whichever puts them between 1990 and 2100, and those
    such as 20240131 as dates between 1900 and 2100. `form` is the format of text that the plan froze
    (`driftline.data.text_formats`); text that it cannot read is read as without. Times that do not say their zone are
    local times of `zone`, or UTC.

    >>> as_numbers(pl.Series(["1.5", "NA", "two"]), Kind.NUMERIC).to_list()
    [1.5, None, None]
    """
    series = _storage(series)
    dtype = series.dtype
    if isinstance(dtype, TEXTS):
        texts = clean_texts(series)
        numbers = read_texts(texts, kind, form)
        return _place(numbers, zone, texts.str.contains(_OFFSET)) if zone and kind is Kind.DATETIME else numbers
    if kind is Kind.DATETIME:
        numbers = _microseconds(series)
        return _place(numbers, zone) if zone and is_local(dtype) else numbers
    if dtype == pl.Duration:
        return series.dt.total_microseconds().cast(pl.Float64) / 1e6
    if dtype == pl.Time:
        return series.to_physical().cast(pl.Float64) / 1e9
    if dtype.is_numeric() or dtype in {pl.Boolean, pl.Null}:
        return series.cast(pl.Float64)
    return _nulls(series)


def _place(local: pl.Series, zone: str, placed: pl.Series | None = None) -> pl.Series:
    """The instants of local times of a zone; those that are `placed` are instants already."""
    clock = find_clock(zone)
    if clock is None:
        return local
    instants = pl.Series(local.name, clock.instants(local.to_numpy())).set(local.is_null(), None)
    return instants if placed is None else local.zip_with(placed.fill_null(value=False), instants)


def read_texts(texts: pl.Series, kind: Kind, form: str = "") -> pl.Series:
    """Clean texts as Float64: by the plan's format, else as plain numbers or ISO 8601 times.

    >>> read_texts(pl.Series(["1970-01-01 00:00:01"]), Kind.DATETIME).to_list()
    [1000000.0]
    """
    if kind is Kind.DATETIME:
        if not form:
            return _read_times(texts)
        times = text_formats.read_dates(texts, form).cast(pl.Int64).cast(pl.Float64)
        return times if not times.null_count() else times.zip_with(times.is_not_null(), _read_times(texts))
    if form:
        return text_formats.read_numbers(texts, form)
    numbers = texts.cast(pl.Float64, strict=False)
    if numbers.null_count() == texts.null_count():
        return numbers
    decimal_comma = texts.str.contains(_DECIMAL_COMMA).fill_null(value=False)  # 4,512 could be either and stays unread
    points = texts.str.replace(",", ".", literal=True).set(~decimal_comma, None)
    return numbers.zip_with(~decimal_comma, points.cast(pl.Float64, strict=False))


def clean_texts(series: pl.Series) -> pl.Series:
    """A text column without surrounding blanks, and null where the text says that there is no value."""
    texts = pl.nth(0).cast(pl.String).str.strip_chars()
    kept = pl.when(texts.str.to_lowercase().is_in(list(_NOTHING)).not_()).then(texts)
    return series.to_frame().select(kept).to_series().alias(series.name)


def as_labels(series: pl.Series, kind: Kind, *, numbers: bool = False) -> pl.Series:
    """The column as text; null where it has no value.

    A number is written alike whether its type is integer or float, so 1.0 is "1"; with `numbers` also where it is text,
    so that "01" is "1", which is right where the reference has numbers. Truth values are "true" and "false", however
    written.

    >>> as_labels(pl.Series([1.0, 2.5]), Kind.CATEGORICAL).to_list()
    ['1', '2.5']
    >>> as_labels(pl.Series(["True", "0"]), Kind.BOOLEAN).to_list()
    ['true', 'false']
    """
    series = _storage(series)
    if series.null_count() == series.len():  # labels that are all still to come
        return no_labels(series.len(), series.name)
    if (of_each := _label_each(series, kind)) is not None:
        return of_each
    texts = _texts(series)
    if kind is Kind.BOOLEAN and isinstance(series.dtype, TEXTS):
        texts = texts.str.strip_chars().str.to_lowercase()
    if numbers and isinstance(series.dtype, TEXTS):
        read = texts.str.strip_chars().cast(pl.Float64, strict=False)
        read = read.set(~(read.abs() < EXACT), None)
        texts = _texts(read).zip_with(read.is_not_null(), texts)
    if (kind is Kind.BOOLEAN or numbers) and isinstance(series.dtype, TEXTS):
        texts = texts.str.replace(r"^\s*(-?\d+)\.0*\s*$", "${1}")
    for number, truth in TRUTH.items() if kind is Kind.BOOLEAN else ():
        texts = texts.set(texts == number, truth)
    return texts


def no_labels(rows: int, name: str = "") -> pl.Series:
    """The labels of so many rows without a value.

    >>> no_labels(2).to_list()
    [None, None]
    """
    return pl.Series(name, [None], pl.String).new_from_index(0, rows)


def _label_each(series: pl.Series, kind: Kind) -> pl.Series | None:
    """The labels of whole numbers that lie close together, of which each is written once; None for others."""
    if not series.dtype.is_integer() or series.len() < _MANY:
        return None
    low, high = series.min(), series.max()
    if not isinstance(low, int) or not isinstance(high, int) or high - low >= _CLOSE or not -EXACT < low < EXACT:
        return None
    return _label_range(low, high, kind).gather(series.cast(pl.Int64) - low).alias(series.name)


@lru_cache(128)
def _label_range(low: int, high: int, kind: Kind) -> pl.Series:
    """The labels of all whole numbers from one to another."""
    return as_labels(pl.Series(range(low, high + 1), dtype=pl.Int64), kind)


def _storage(series: pl.Series) -> pl.Series:
    """The column without the name that another library gave to its type, such as pandas's periods."""
    return series.ext.storage() if series.dtype.is_extension() else series


def _texts(series: pl.Series) -> pl.Series:
    dtype = series.dtype
    if dtype.is_float() or dtype.is_decimal():
        floats = pl.nth(0).cast(pl.Float64)
        near = floats.round()
        whole = floats.is_finite() & ((floats - near).abs() <= near.abs() * _LAST_DIGITS) & (floats.abs() < EXACT)
        text = pl.when(whole).then(near.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(floats.cast(pl.String))
        return series.to_frame().select(pl.when(floats.is_nan().not_()).then(text)).to_series().alias(series.name)
    if is_nested(dtype):
        return _nested_texts(series)
    if dtype == pl.Duration:
        return _texts(as_numbers(series, Kind.NUMERIC))
    if dtype == pl.Date or isinstance(dtype, pl.Datetime):
        proper = _microseconds(series).is_between(*_CALENDAR)
        return (
            series.set(~proper, None)
            .cast(pl.String)
            .zip_with(proper | series.is_null(), series.to_physical().cast(pl.String))
        )
    return series.cast(pl.String)


def _nested_texts(series: pl.Series) -> pl.Series:
    """Lists, structs and bytes as text: JSON where that can say it, which is fast, else as Python writes the value.

    Times within are whole numbers, since Python has no word for times before year 1 or after year 9999.
    """
    series = series.cast(_without_times(series.dtype))
    if _plain(series.dtype):
        texts = series.alias("").to_frame().to_struct().struct.json_encode().str.strip_prefix('{"":').str.head(-1)
        return texts.set(series.is_null(), None).alias(series.name)
    values = [None if value is None else _as_python(value) for value in series.to_list()]
    return pl.Series(series.name, values, dtype=pl.String)


def _plain(dtype: Any) -> bool:
    """Whether JSON can say every value of a type."""
    if isinstance(dtype, pl.List | pl.Array):
        return _plain(dtype.inner)
    if isinstance(dtype, pl.Struct):
        return all(_plain(field.dtype) for field in dtype.fields)
    return dtype.is_integer() or dtype.is_float() or dtype in {pl.Boolean, pl.String, pl.Null}


def _without_times(dtype: Any) -> Any:
    """The type with whole numbers in place of dates, times and durations, at any depth."""
    if isinstance(dtype, pl.Array):
        return pl.Array(_without_times(dtype.inner), dtype.size)
    if isinstance(dtype, pl.List):
        return pl.List(_without_times(dtype.inner))
    if isinstance(dtype, pl.Struct):
        return pl.Struct([pl.Field(field.name, _without_times(field.dtype)) for field in dtype.fields])
    if dtype == pl.Date:
        return pl.Int32()
    return pl.Int64() if dtype.is_temporal() else dtype


def _as_python(value: object) -> str:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else repr(value)


def _microseconds(series: pl.Series) -> pl.Series:
    """Dates, datetimes, or numbers that can be a time or date, in microseconds since 1970 UTC."""
    dtype = series.dtype
    if dtype == pl.Date:
        return series.cast(pl.Int32).cast(pl.Float64) * 86_400e6
    if isinstance(dtype, pl.Datetime):
        whole = series.cast(pl.Int64)
        return (
            (whole // 1000).cast(pl.Float64)
            if dtype.time_unit == "ns"
            else whole.cast(pl.Float64) * _PER_UNIT[dtype.time_unit]
        )
    found = _nulls(series)
    if dtype.is_numeric():
        numbers = series.cast(pl.Float64)
        for scale, units in _EPOCHS.items():
            inside = numbers.is_between(_DECADES[0] * units, _DECADES[1] * units).fill_null(value=False)
            found = found.zip_with(~inside, numbers * scale)
        dates = numbers.is_between(*_CALENDAR_DATES).fill_null(value=False)
        if dates.any():
            written = numbers.set(~dates, None).cast(pl.Int64).cast(pl.String).str.to_date("%Y%m%d", strict=False)
            found = found.zip_with(~dates, written.to_physical().cast(pl.Float64) * 86_400e6)
    return found


def _read_times(texts: pl.Series) -> pl.Series:
    """ISO-like text in microseconds since 1970; without an offset it is UTC."""
    found = _read_iso(texts) if texts.str.contains(_DATE).any() else _nulls(texts)
    if found.null_count() == texts.null_count():
        return found
    numbers = texts.cast(pl.Float64, strict=False)  # in a file without types
    return found if numbers.null_count() == numbers.len() else found.zip_with(numbers.is_null(), _microseconds(numbers))


def _read_iso(texts: pl.Series) -> pl.Series:
    """The texts of the forms of `_FORMS` in microseconds since 1970, null for others."""
    found = _nulls(texts)
    text = pl.nth(0).str.replace(r"\s*(Z|UTC|GMT|[+-]00:?00)$", "").str.replace("T", " ", literal=True)
    looks = text.str.contains(_DATE).fill_null(value=False)
    plain, are_dates = texts.to_frame().select(text.alias("plain"), looks.alias("looks"))
    for form in _FORMS:
        missing = found.is_null() & are_dates
        if not missing.any():
            break
        zone = "UTC" if form.endswith("z") else None
        times = plain.set(~missing, None).str.to_datetime(form, time_unit="us", strict=False, time_zone=zone)
        found = found.zip_with(~missing, times.cast(pl.Int64).cast(pl.Float64))
    return found


def _nulls(series: pl.Series) -> pl.Series:
    return pl.Series(series.name, [None], dtype=pl.Float64).new_from_index(0, series.len())
