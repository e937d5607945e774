"""A scenario: a named set of assumptions, shipped or the user's own, and what it says of itself."""

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fundgap.data.prices import years_after
from fundgap.errors import BadScenario
from fundgap.gap.assumption import Assumption, Estimate, Year
from fundgap.gap.entry_faults import ID_PATTERN, faults_in_words
from fundgap.gap.scenario_faults import GROWTH, structure_faults

DEFAULT = "trend"
_SET_BY_USER = "set by the user"
_CHANGED = " (changed: "


class Scenario(BaseModel):
    """A named set of assumptions from a base year on.

    Need and funding are each given one way: need by a path in pounds or by demography, demand and price; funding by a
    path or by its growth. `base_year` "latest" is the last year of the panel; `window_years` is how far back estimates
    from the panel look.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    id: Annotated[str, Field(pattern=ID_PATTERN)]
    title: str
    summary: str
    base_year: Year | Literal["latest"]
    years: Annotated[int, Field(ge=1, le=30, strict=True)]
    window_years: Annotated[int, Field(ge=1, le=20, strict=True)] = 5
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
        faults = structure_faults(given | {"base_year": self.base_year})
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

        A growth may also be set to an estimate: `replace(demography_growth="projection")`. The title, which stands above tables and
        charts, then says which assumptions are no longer its own, unless another is given.

        Raises
        ------
        BadScenario
            For a name that the scenario has not, or a value that its assumption cannot take.
        """
        content: dict[str, Any] = self.model_dump(exclude_none=True)
        for name, change in changes.items():
            if name not in type(self).model_fields:
                raise BadScenario(f"A scenario has no '{name}'; it has {', '.join(type(self).model_fields)}.")
            # A number of numpy's is a number as any other.
            change = change.item() if isinstance(change, np.generic) else change
            content[name] = change if name not in (*GROWTH, "general_price_growth") else self._set_by_user(name, change)
        changed = _validated(content, f"scenario '{self.id}', changed")
        return changed if "title" in changes else changed.model_copy(update={"title": changed._title_with_changes()})

    def _title_with_changes(self) -> str:
        changed = {name.replace("_", " "): item for name, item in self.assumptions().items() if item.source == _SET_BY_USER}
        told = [f"{name} {item.estimate or item.value}" for name, item in changed.items()]
        return self.title.partition(_CHANGED)[0] + (f"{_CHANGED}{', '.join(told)})" if told else "")

    def _set_by_user(self, name: str, value: float | int | str) -> dict[str, Any]:
        was = getattr(self, name)
        if was is None:
            raise BadScenario(f"Scenario '{self.id}' follows paths in pounds; it has no {name} to replace.")
        kept: dict[str, Any] = was.model_dump(exclude_none=True, exclude={"value", "values", "estimate"})
        given = {"estimate": value} if isinstance(value, str) else {"value": value}
        return kept | given | {"source": _SET_BY_USER, "quality": "red"}

    def to_frame(self) -> pd.DataFrame:
        """Return the assumptions as a table: name, label, unit, value as text, source, date, quality, impact."""
        rows = []
        for name, item in self.assumptions().items():
            if item.values is not None:
                text = "; ".join(
                    f"{year}: {value:,.0f}" if "£" in item.unit else f"{year}: {value:g}" for year, value in item.values.items()
                )
            else:
                text = self._estimated(item.estimate) if item.estimate else f"{item.value:g}"
            if item.applies_to is not None:
                text += f" ({', '.join(item.applies_to).replace('_', ' ')} only)"
            rows.append({"assumption": name, "label": item.label, "unit": item.unit, "value": text, "source": item.source})
            rows[-1] |= {"date": item.date.isoformat(), "quality": item.quality, "impact": item.impact}
        return pd.DataFrame(rows)

    def _estimated(self, estimate: Estimate) -> str:
        """Say what an estimate is taken from."""
        return {
            "panel": f"estimated from the last {self.window_years} years of the panel",
            "panel_high": f"estimated from the window of 3 to {self.window_years} years with the fastest growth in the panel",
            "projection": "taken from the official projection of children",
        }[estimate]

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
            raise BadScenario(f"{path} is {'a folder, not a file' if path.is_dir() else 'not there'}.")
        content = path.read_bytes()
    else:
        if str(name) not in _shipped():
            raise BadScenario(f"No scenario '{name}'. Shipped are {', '.join(_shipped())}; a file of your own ends in .toml.")
        content = files(__package__).joinpath("scenarios", f"{name}.toml").read_bytes()
    try:
        return _validated(tomllib.loads(content.decode("utf-8-sig")), str(name))
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


def assumptions() -> pd.DataFrame:
    """Return every assumption of the shipped scenarios, one row an assumption.

    Returns
    -------
    pandas.DataFrame
        scenario, assumption, label, unit, value (as text), source, date, quality, impact (red, amber, green).

    Examples
    --------
    How good the evidence is for what the £2bn of 2017 was made of:

    >>> import fundgap as fg
    >>> fg.assumptions().query("scenario == 'lga-2017'")["quality"].tolist()
    ['red', 'red']
    """
    parts = [scenario(name).to_frame() for name in _shipped()]
    return pd.concat([part.assign(scenario=name) for name, part in zip(_shipped(), parts, strict=True)], ignore_index=True)[
        ["scenario", *parts[0].columns]
    ]


def _shipped() -> list[str]:
    folder = files(__package__).joinpath("scenarios")
    return sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))


def _validated(content: dict[str, Any], where: str) -> Scenario:
    try:
        return Scenario.model_validate(content)
    except ValidationError as error:
        lines = [f"  - {fault}" for fault in [*faults_in_words(error), *structure_faults(content)]]
        raise BadScenario("\n".join([f"{where} cannot be used:", *lines])) from None
