"""Who has the discount of a commitment: those whose charges it covers, or the account that owns it?

At effective cost a covered charge carries the rate of the commitment, so its user benefits. Where the
owner keeps it, the user pays ContractedCost – what the usage would cost without the commitment – and the
owner gets both EffectiveCost and −ContractedCost, a credit. Their sum is EffectiveCost.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd

from finops.schema import COSTS, MONEY, NO_TAGS, as_tags, concat

_OTHER_COSTS = ("BilledCost", "ListCost", "ContractedCost", "GrossBilledCost", "GrossEffectiveCost")
_QUANTITIES = ("PricingQuantity", "ConsumedQuantity", "CommitmentDiscountQuantity")


def owner_keeps(of_month: pd.DataFrame, costs: pd.DataFrame) -> pd.DataFrame:
    """Charges of a ``costs`` frame with the discount of other accounts' commitments handed back.

    The owner is the account that the purchase or the unused part of the commitment is charged to,
    anywhere in ``costs``. A charge stays as it is where the bill names no owner or several, where it is
    the owner's own, or where ContractedCost or EffectiveCost is not known.
    """
    owner = of_month["CommitmentDiscountId"].astype("object").map(_owners(costs))
    moved = (
        of_month["CommitmentDiscountStatus"].eq("Used")
        & owner.notna()
        & owner.ne(of_month["SubAccountId"].astype("object"))
        & of_month["ContractedCost"].notna()
        & of_month["EffectiveCost"].notna()
    )
    covered = of_month[moved]
    charges = of_month.assign(
        EffectiveCost=of_month["EffectiveCost"].where(~moved, of_month["ContractedCost"])
    )
    nothing = pd.Series(Decimal(0), index=covered.index, dtype=MONEY)
    handed_back = covered.assign(
        SubAccountId=owner[moved].astype("str"),
        ResourceId=covered["CommitmentDiscountId"],
        Tags=as_tags(pd.Series(NO_TAGS, index=covered.index, dtype="str")),
        # The other costs and the quantities of the charge stay with it, whole.
        **dict.fromkeys(_OTHER_COSTS, nothing),
        **dict.fromkeys(_QUANTITIES, np.nan),
    )
    # Arrow has no room for the difference of two amounts of 38 digits, so they are two rows.
    paid_by_user = handed_back.assign(EffectiveCost=-covered["ContractedCost"])
    return concat([charges, handed_back, paid_by_user], COSTS)


def _owners(costs: pd.DataFrame) -> dict[str, str]:
    """Account by commitment, for those of one account."""
    names_owner = costs["ChargeCategory"].eq("Purchase") | costs["CommitmentDiscountStatus"].eq("Unused")
    known = costs.loc[names_owner, ["CommitmentDiscountId", "SubAccountId"]].dropna().drop_duplicates()
    single = known.drop_duplicates("CommitmentDiscountId", keep=False)
    return dict(zip(single["CommitmentDiscountId"], single["SubAccountId"], strict=True))
