"""What secrecy costs a report in information: how many of its numbers it hides, of how many."""

from __future__ import annotations

from dataclasses import dataclass

from impactkit.evidence.record import Record


@dataclass(frozen=True, slots=True)
class InformationCost:
    """Numbers of a report about people, and those that secrecy hides.

    Attributes
    ----------
    hidden, whole : int
    """

    hidden: int
    whole: int

    @property
    def share(self) -> float:
        """Share of the numbers that is hidden; 0 where there is none."""
        return self.hidden / self.whole if self.whole else 0.0


def information_cost(record: Record) -> InformationCost:
    """Count the numbers of a record that its tables would show, and those that are masked.

    The effect; people at each step; means of the outcome; means of the likeness; bands of losses, of who was
    lost and of priority publics; people and households. Two numbers that say the same are counted once: those
    lost between two steps are not, nor other outcomes, which may have no effect for other reasons.

    Parameters
    ----------
    record : Record

    Examples
    --------
    >>> import impactkit as ik
    >>> study = ik.read_study(ik.sample("insertion_emploi"))
    >>> design = ik.declare_design(ik.build_cohort(study, action="atelier_numerique"))
    >>> information_cost(ik.assess(ik.estimate(design)).record).whole > 0
    True
    """
    numbers: list[object] = [
        record.effect,
        *(box.n for box in record.flow),
        *(mean.mean for mean in record.means),
    ]
    for row in record.balance:
        numbers += [row.mean_treated, row.mean_comparison]
    if record.accounts is not None:
        numbers += [loss.lost for loss in record.accounts.losses]
        numbers += [who.std_diff for who in record.accounts.lost_who]
        for public in record.accounts.publics:
            numbers += [public.share, public.unknown]
        for group in record.accounts.households:
            numbers += [group.people, group.households]
    return InformationCost(hidden=sum(number is None for number in numbers), whole=len(numbers))
