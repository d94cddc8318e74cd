"""Which Reserved Instance or plan do a file's words mean?"""

from __future__ import annotations

from finops.pricing.records import OFFERING_CLASSES, PAYMENT_OPTIONS, RESERVED, OfferKey

_YEARS = {"1yr": 1, "3yr": 3, "1year": 1, "3year": 3}


def reserved_key(lease: object, offering_class: object, purchase: object) -> OfferKey | None:
    """The offer that ``1yr``, ``standard`` and ``No Upfront`` name; None for one that is not sold now.

    The files still hold what AWS sold before 2014, such as Heavy Utilization.
    """
    if offering_class not in OFFERING_CLASSES:
        return None
    return _key(RESERVED, str(offering_class), lease, purchase)


def plan_key(kind: str, lease: object, purchase: object) -> OfferKey | None:
    """The plan that a kind, ``3yr`` and ``Partial Upfront`` name; None for one that is not known."""
    return _key(kind, None, lease, purchase)


def _key(kind: str, offering_class: str | None, lease: object, purchase: object) -> OfferKey | None:
    years = _YEARS.get(str(lease).replace(" ", "").lower())
    if years is None or purchase not in PAYMENT_OPTIONS:
        return None
    return OfferKey(kind, offering_class, years, str(purchase))
