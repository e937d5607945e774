"""A scenario and its assumptions: every number with its unit, source, date and how far it can be trusted."""

import datetime
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fundgap.data.prices import years_after
from fundgap.errors import BadScenario

Rating = Literal["red", "amber", "green"]
Year = Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]
DEFAULT = "trend"
# Assumptions that are rates of growth, in the order in which they build up need; the last one moves funding.
GROWTH = ("demography_growth", "demand_growth", "price_growth", "funding_growth")
PATHS = ("need_gbp", "funding_gbp")
_NEED = ("demography_growth", "demand_growth", "price_growth")
_POUNDS, _REAL, _CASH = "£, cash, England", "fraction a year, real", "fraction a year"
_UNITS = dict.fromkeys(GROWTH, _REAL) | dict.fromkeys(PATHS, _POUNDS) | {"general_price_growth": _CASH}
Words = Annotated[str, Field(min_length=1)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class Assumption(BaseModel):
    """One assumption: a single value, a value for every year, or an estimate from the panel.

    Rates are fractions a year in real terms (0.02 = 2% above general prices); paths are pounds for England in cash.
    `quality` says how good the evidence is, `impact` how much the answer hangs on it: red is worst, and most.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    label: Words
    unit: Literal["fraction a year, real", "fraction a year", "£, cash, England"]
    value: Number | None = None
    values: Annotated[dict[Year, Number], Field(min_length=1)] | None = None
    estimate: Literal["panel"] | None = None
    source: Words
    date: datetime.date
    quality: Rating
    impact: Rating

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        given = [name for name in ("value", "values", "estimate") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of value, values, estimate; found {given or 'none'}")
        if self.unit == "£, cash, England" and self.values is None:
            raise ValueError("a path in pounds needs values by year")
        if self.unit != "£, cash, England" and any(abs(rate) > 1 for rate in [self.value or 0, *(self.values or {}).values()]):
            raise ValueError("a growth above 100% a year: rates are fractions, 0.05 for 5%")
        return self

    def in_year(self, year: str) -> float:
        """Return the value for a financial year.

        Raises
        ------
        BadScenario
            When values are given by year and this year is not among them.
        """
        if self.values is None:
            if self.value is None:
                raise BadScenario(f"'{self.label}' is estimated from the panel; it has no value of its own.")
            return self.value
        if year not in self.values:
            raise BadScenario(f"'{self.label}' has no value for {year}; it has {', '.join(self.values)}.")
        return self.values[year]


class Scenario(BaseModel):
    """A named set of assumptions from a base year on.

    Need and funding are each given one way: need by a path in pounds or by demography, demand and price; funding by a
    path or by its growth. `base_year` "latest" is the last year of the panel; `window_years` is how far back estimates
    from the panel look.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    title: str
    summary: str
    base_year: Year | Literal["latest"]
    years: Annotated[int, Field(ge=1, le=30)]
    window_years: Annotated[int, Field(ge=1, le=20)] = 5
    need_gbp: Assumption | None = None
    funding_gbp: Assumption | None = None
    demography_growth: Assumption | None = None
    demand_growth: Assumption | None = None
    price_growth: Assumption | None = None
    funding_growth: Assumption | None = None
    general_price_growth: Assumption | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        given = {name: item.model_dump(exclude_none=True) for name, item in self.assumptions().items()}
        faults = _structure_faults(given | {"base_year": self.base_year})
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def assumptions(self) -> dict[str, Assumption]:
        """Return the assumptions that are set, by name."""
        return {name: item for name in type(self).model_fields if isinstance(item := getattr(self, name), Assumption)}

    def projected_years(self, base_year: str) -> list[str]:
        """Return the base year and the years projected from it."""
        return [years_after(base_year, step) for step in range(self.years + 1)]

    def replace(self, **changes: float | int | str) -> "Scenario":
        """Return a copy with some assumptions set to single values, or with another title, window or number of years.

        Raises
        ------
        BadScenario
            For a name that the scenario has not, or a value that its assumption cannot take.
        """
        content: dict[str, Any] = self.model_dump(exclude_none=True)
        for name, change in changes.items():
            if name not in type(self).model_fields:
                raise BadScenario(f"A scenario has no '{name}'; it has {', '.join(type(self).model_fields)}.")
            content[name] = change if name not in (*GROWTH, "general_price_growth") else self._set_by_user(name, change)
        return _validated(content, f"scenario '{self.id}', changed")

    def _set_by_user(self, name: str, value: float | int | str) -> dict[str, Any]:
        was = getattr(self, name)
        if was is None:
            raise BadScenario(f"Scenario '{self.id}' follows paths in pounds; it has no {name} to replace.")
        kept: dict[str, Any] = was.model_dump(exclude_none=True, exclude={"value", "values", "estimate"})
        return kept | {"value": value, "source": "set by the user", "quality": "red"}

    def to_frame(self) -> pd.DataFrame:
        """Return the assumptions as a table: name, label, unit, value as text, source, date, quality, impact."""
        rows = []
        for name, item in self.assumptions().items():
            if item.values is not None:
                text = "; ".join(
                    f"{year}: {value:,.0f}" if "£" in item.unit else f"{year}: {value:g}" for year, value in item.values.items()
                )
            else:
                text = f"estimated from the last {self.window_years} years of the panel" if item.estimate else f"{item.value:g}"
            rows.append({"assumption": name, "label": item.label, "unit": item.unit, "value": text, "source": item.source})
            rows[-1] |= {"date": item.date.isoformat(), "quality": item.quality, "impact": item.impact}
        return pd.DataFrame(rows)

    def __str__(self) -> str:
        """Say what the scenario is and assumes."""
        lines = [f"{self.id}: {self.title}", self.summary]
        return "\n".join(lines + [f"  {row.label}: {row.value} ({row.unit})" for row in self.to_frame().itertuples()])

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False, escape=True))


def scenario(name: str | Path = DEFAULT) -> Scenario:
    """Return a scenario: a shipped one by its id, or one from a TOML file of the user's.

    Raises
    ------
    BadScenario
        When there is none of that name, or with every fault of the file.

    Examples
    --------
    >>> import fundgap as fg
    >>> fg.scenario("lga-2017").id
    'lga-2017'
    """
    if str(name).endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise BadScenario(f"{path} is not there.")
        content = path.read_bytes()
    else:
        if str(name) not in _shipped():
            raise BadScenario(f"No scenario '{name}'. Shipped are {', '.join(_shipped())}; a file of your own ends in .toml.")
        content = files(__package__).joinpath("scenarios", f"{name}.toml").read_bytes()
    try:
        return _validated(tomllib.loads(content.decode("utf-8")), str(name))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadScenario(f"{name} is not TOML in UTF-8: {error}") from None


def scenarios() -> pd.DataFrame:
    """Return the shipped scenarios: id, title, base_year, years, summary.

    Examples
    --------
    >>> import fundgap as fg
    >>> {"lga-2016", "lga-2017", "trend"} <= set(fg.scenarios()["id"])
    True
    """
    rows = [scenario(name) for name in _shipped()]
    return pd.DataFrame([{key: getattr(row, key) for key in ("id", "title", "base_year", "years", "summary")} for row in rows])


def _shipped() -> list[str]:
    folder = files(__package__).joinpath("scenarios")
    return sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))


def _structure_faults(content: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with how assumptions go together: which are given, in which units, for which kind of base year."""
    given = [name for name in _UNITS if content.get(name) is not None]
    need = [name for name in _NEED if name in given]
    faults = []
    if ("need_gbp" in given) == bool(need) or (need and len(need) < len(_NEED)):
        faults.append(f"need wants either need_gbp, or all of {', '.join(_NEED)}")
    if ("funding_gbp" in given) == ("funding_growth" in given):
        faults.append("funding wants either funding_gbp or funding_growth")
    elif ("need_gbp" in given) != ("funding_gbp" in given):
        faults.append("need and funding are both paths in pounds, or both grow from the outturn")
    if "need_gbp" not in given and "general_price_growth" not in given:
        faults.append("growth in real terms wants general_price_growth, to say it in cash")
    if content.get("base_year") == "latest" and any(name in given for name in PATHS):
        faults.append("base_year must be a year where a path in pounds is given")
    for name in given:
        unit = content[name].get("unit") if isinstance(content[name], Mapping) else None
        if unit is not None and unit != _UNITS[name]:
            faults.append(f"{name} wants the unit '{_UNITS[name]}', not '{unit}'")
    return faults


def _validated(content: dict[str, Any], where: str) -> Scenario:
    try:
        return Scenario.model_validate(content)
    except ValidationError as error:
        faults = [f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors() if item["loc"]]
        lines = [f"  - {fault}" for fault in [*faults, *_structure_faults(content)]]
        raise BadScenario("\n".join([f"{where} cannot be used:", *lines])) from None
