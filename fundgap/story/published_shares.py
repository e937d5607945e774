"""What others have said about why councils' spending differs: shares of variation as published, with what each is a share of."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PublishedShares:
    """One study's account of variation between councils.

    Parameters
    ----------
    name
        Who, and when.
    parts
        (what, share) in the study's own division; what is left is not accounted for.
    of
        Of which variation; whose words are known here.
    source
        Where the figures were read.
    """

    name: str
    parts: tuple[tuple[str, float], ...]
    of: str
    source: str

    @property
    def unexplained(self) -> float:
        """The share that the study does not account for, as far as its figures say."""
        return 1 - sum(share for _, share in self.parts)


NAO_2019 = PublishedShares(
    "National Audit Office, January 2019",
    (("deprivation", 0.15), ("the council itself", 0.44), ("year", 0.10)),
    "The trade press says of spending, the Committee of Public Accounts of activity; the report itself was not read here. "
    "44%: custom and practice, the local market and past demand; 10%: national changes and shocks.",
    "LocalGov, 23 January 2019; Committee of Public Accounts, Transforming children's services, 2019",
)
LGA_2018 = PublishedShares(
    "LGA and Newton, 2018",
    (("five factors together", 0.50),),
    "Spend a person aged 0-25, Revenue Outturn 2016-17. The five: child deprivation (IDACI), size of the young population, disposable "
    "income, unemployment, crime.",
    "Making Sense: understanding the drivers of variation in spend on children's services (childspendvariation.report)",
)
LGA_2019 = PublishedShares(
    "LGA research, August 2019",
    (("deprivation, population and others together", 0.70),),
    "Spend a young person; 'over 70 per cent', of more factors than are used here.",
    "LGA, Explaining variation in spending: children's services",
)
# Webb and Bywaters 2018 (Local Government Studies 44:3), as told by Children & Young People Now, February 2018.
CUTS_2018 = {"1": -0.04, "5": -0.27, "all": -0.16}
