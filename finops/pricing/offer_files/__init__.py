"""What does an offer file of AWS hold? Read as a stream, and told apart by content, not by name.

https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-the-aws-price-list-bulk-api.html
"""

from finops.pricing.offer_files.figures import Figures
from finops.pricing.offer_files.in_json import RegionIndex
from finops.pricing.offer_files.products import Priced
from finops.pricing.offer_files.reading import read_offer_file

__all__ = ["Figures", "Priced", "RegionIndex", "read_offer_file"]
