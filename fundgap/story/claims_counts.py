"""Claims that are counts of judgements on a day."""

import pandas as pd

from fundgap.data.claims_register import Saying
from fundgap.models.proportions import exact_interval
from fundgap.story.claims_inputs import NO_SAMPLING, Computed, Inputs, below_good, count, grades_in_words, held, judged, span

# CYP Now's article of May 2015 names Lambeth's, Cumbria's and West Berkshire's reports, the last of which is of 18 May.
_MAY_FROM, _MAY_TO = "2015-05-18", "2015-05-31"
_AUTUMN = "2017-10-31"
_BEFORE_ARTICLE, _ARTICLE = "2016-01-04", "2016-01-05"
_WEEKS_BEFORE = "2015-04-01"


def three_quarters(inputs: Inputs, saying: Saying) -> Computed:
    """Return the share below good at the first single-framework inspection on both dates, and of the grades in force then."""
    share, side = saying.numbers["share"], saying.numbers["either_side"]
    figures: dict[str, float] = {}
    words, intervals, tables = [], [], []
    for name, day in (("may", _MAY_TO), ("autumn", _AUTUMN)):
        first, force = inputs.first_sif(day), inputs.in_force(day)
        tables.append(first)
        figures |= {name: below_good(first) / len(first), f"{name}_in_force": below_good(force) / len(force), f"{name}_judged": len(first)}
        words.append(
            f"By {pd.Timestamp(day):%-d %B %Y} {below_good(first)} of {len(first)} councils inspected under the single framework were "
            f"below good ({figures[name]:.1%}); of the grades in force under any framework {figures[f'{name}_in_force']:.1%}."
        )
        intervals.append(f"{day[:4]}: {span(*exact_interval(below_good(first), len(first)))}")
    figures["dates_met"] = sum(abs(figures[name] - share) <= side for name in ("may", "autumn"))
    met = "both dates" if figures["dates_met"] == 2 else "neither date" if not figures["dates_met"] else "one of the two dates"
    words.append(f"Within {100 * side:.0f} points of three quarters on {met}.")
    return Computed(" ".join(words), figures, "; ".join(intervals), f"{_MAY_TO}; {_AUTUMN}", (judged(pd.concat(tables)),))


def one_in_five(inputs: Inputs, saying: Saying) -> Computed:
    """Return the share inadequate of the councils inspected so far: the lowest it was in the fortnight of the article."""
    known = inputs.first_sif(_MAY_TO)
    tables = [known[known["publication_date"] <= day] for day in pd.date_range(_MAY_FROM, _MAY_TO)]
    shares = [count(table, "Inadequate") / len(table) for table in tables]
    last, final = tables[-1], inputs.first_sif("2017-12-31")
    bad = count(last, "Inadequate")
    figures = {
        "lowest_share": min(shares),
        "share": shares[-1],
        "of_all": bad / len(final),
        "in_the_end": count(final, "Inadequate") / len(final),
    }
    words = (
        f"By {_day(_MAY_TO)} {bad} of {len(last)} councils inspected under the single framework were inadequate ({figures['share']:.1%}; "
        f"never less than {figures['lowest_share']:.1%} from {_day(_MAY_FROM)}). Of all {len(final)} councils that is "
        f"{figures['of_all']:.0%}: the others had not been inspected yet. When all had been, {figures['in_the_end']:.1%} were inadequate "
        "at first inspection."
    )
    return Computed(words, figures, span(*exact_interval(bad, len(last))), _MAY_TO, (judged(last),))


def nineteen(inputs: Inputs, saying: Saying) -> Computed:
    """Count the councils inadequate at their first single-framework inspection by the day before the article."""
    before, that_day = (inputs.first_sif(day) for day in (_BEFORE_ARTICLE, _ARTICLE))
    new = that_day[~that_day["council"].isin(before["council"]) & that_day["rating"].eq("Inadequate")]
    figures = {"inadequate": count(before, "Inadequate"), "with_that_day": count(that_day, "Inadequate")}
    added = f"; {' and '.join(new['council_name'])}'s report of {_day(_ARTICLE)} makes {figures['with_that_day']:.0f}" if len(new) else ""
    judged_bad = f"{figures['inadequate']:.0f} of {len(before)} first single-framework judgements were inadequate"
    words = f"By {_day(_BEFORE_ARTICLE)}, {judged_bad}{added}."
    bad = that_day[that_day["rating"].eq("Inadequate")]
    return Computed(words, figures, NO_SAMPLING, _BEFORE_ARTICLE, (judged(bad),))


def may_2015_three(inputs: Inputs, saying: Saying) -> Computed:
    """Look up the four judgements named, published in April or May 2015."""
    table = inputs.first_sif(_MAY_TO)
    table = table[table["publication_date"] >= _WEEKS_BEFORE].set_index("council_name")
    named = table[table.index.isin(["Lambeth", "Cumbria", "West Berkshire"])]
    trafford = table[table.index == "Trafford"]
    figures = {"inadequate": count(named, "Inadequate"), "good": count(trafford, "Good")}
    rows = pd.concat([named, trafford])
    told = zip(rows.index, rows["rating"].astype(str).str.lower(), rows["publication_date"].dt.strftime("%-d %B %Y"), strict=True)
    words = "; ".join(f"{name}: {grade}, {day}" for name, grade, day in told)
    return Computed(f"{words}.", figures, NO_SAMPLING, _MAY_TO, (judged(pd.concat([named, trafford])),))


def boards(inputs: Inputs, saying: Saying) -> Computed:
    """Count the boards' own grades, one beside each council's first single-framework judgement; no list of boards is held."""
    table = inputs.inspections[(inputs.inspections["framework"] == "SIF") & ~inputs.inspections["is_reinspection"]]
    graded = table.dropna(subset=["safeguarding_board_grade"])
    as_rating = graded.assign(rating=graded["safeguarding_board_grade"])
    weak = below_good(as_rating)
    figures = {
        "lists_of_boards": held(("board_name",)),
        "grades": len(graded),
        "below_good": weak / len(graded) if len(graded) else float("nan"),
    }
    words = (
        f"First single-framework inspections (2014 to 2017) graded the board of each of {len(graded)} councils: "
        f"{grades_in_words(as_rating)}; {figures['below_good']:.0%} below good. Some councils shared a board, so {len(graded)} grades do "
        f"not contradict {saying.numbers['boards']:.0f} boards, and do not confirm it."
    )
    return Computed(words, figures, span(*exact_interval(weak, len(graded))), "2014 to 2017", (judged(graded),))


def _day(iso: str) -> str:
    return f"{pd.Timestamp(iso):%-d %B %Y}"
