"""Which files does the sample consist of, and what does each hold?"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from scripts.demo_data.files import commitments_text, csv_text, json_text
from scripts.demo_data.organisation import tag_policy
from scripts.demo_data.readme import readme_text
from scripts.demo_data.sample import Sample
from scripts.demo_data.timeline import AS_OF
from scripts.demo_data.truths import planted_truths


def texts_of(sample: Sample) -> Mapping[str, str]:
    """The files of text, by name."""
    return {
        "aws_resources_compute.csv": csv_text(sample.compute),
        "aws_resources_S3.csv": csv_text(sample.storage),
        "accounts.csv": csv_text(sample.accounts),
        "commitments.json": commitments_text(sample.commitments),
        "tag_policy_sample.json": json_text(tag_policy()),
        "sample.json": json_text({"as_of": AS_OF.isoformat()}),
        "planted_truths.json": json_text(planted_truths(sample)),
        "README.md": readme_text(sample),
    }


def frames_of(sample: Sample) -> Mapping[str, pd.DataFrame]:
    """The Parquet files, by name."""
    return {"costs.parquet": sample.costs, "usage.parquet": sample.usage}
