"""Files in, frames out: what was read, what was set aside and why. See the modules for each format."""

from finops.ingest.bill import read_costs
from finops.ingest.billing import Bill, load_bill
from finops.ingest.bills.doctor_records import Diagnosis
from finops.ingest.bills.progress import Progress
from finops.ingest.ec2_list import clean_ec2_data, read_ec2
from finops.ingest.files import InputFile, Source, as_input, read_input, read_inputs
from finops.ingest.other_frames import read_accounts, read_metrics
from finops.ingest.owned_commitments import read_commitments
from finops.ingest.pool_usage import read_usage
from finops.ingest.provenance import FileInfo, Loaded, loaded_ec2, loaded_s3
from finops.ingest.s3_list import clean_s3_data, read_s3

__all__ = [
    "Bill",
    "Diagnosis",
    "FileInfo",
    "InputFile",
    "Loaded",
    "Progress",
    "Source",
    "as_input",
    "clean_ec2_data",
    "clean_s3_data",
    "load_bill",
    "loaded_ec2",
    "loaded_s3",
    "read_accounts",
    "read_commitments",
    "read_costs",
    "read_ec2",
    "read_input",
    "read_inputs",
    "read_metrics",
    "read_s3",
    "read_usage",
]
