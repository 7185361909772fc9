"""What the codes of the RSA flow mean, as far as public sources tell.

The element names and their nesting come from the schema vrsb0801, public in the repository of carnet de bord
(gip-inclusion); the codes from the options of WebRSA, also public. No real file could be read.
"""

from __future__ import annotations

from typing import Final

# ETATDOSRSA, the state of a household's file.
STATES: Final = {
    "0": "pending",
    "1": "refused",
    "2": "open",
    "3": "open_suspended",
    "4": "payment_suspended",
    "5": "closed",
    "6": "closed_earlier",
}
# The right is open though it may not be paid.
OPEN: Final = frozenset(("open", "open_suspended", "payment_suspended"))

# ROLEPERS for the benefit RSA.
ROLES: Final = {"DEM": "claimant", "CJT": "partner", "ENF": "child", "AUT": "other"}

# ACT, an activity that is work: employee, seasonal, sales representative, artist or technician paid by the
# job, fisherman, member of a community at work, insertion contract.
AT_WORK: Final = frozenset(("SAL", "TSA", "VRP", "INT", "MAR", "MOA", "RMA"))
UNEMPLOYED: Final = frozenset(("CHO",))

# NATRESS, the nature of a resource: wages (without and with extra abatement, abroad, exceptional, insertion
# contract) and self-employment income; unemployment benefit.
EARNINGS: Final = frozenset(("001", "003", "005", "006", "007", "030", "034"))
UNEMPLOYMENT_BENEFIT: Final = frozenset(("009", "010"))
