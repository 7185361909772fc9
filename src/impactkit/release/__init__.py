"""Before files leave: are they safe together and beside what left before, and do they name nobody?"""

from impactkit.release.audit import Reading, audit_table
from impactkit.release.edition import Released, release_study
from impactkit.release.scan import leaks_in

__all__ = ["Reading", "Released", "audit_table", "leaks_in", "release_study"]
