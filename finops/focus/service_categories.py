"""Which FOCUS category has an AWS service, and what is its region called?

AWS's own services under the names that its bills use, with the category that AWS's own FOCUS exports
give them, or else the one that FOCUS 1.2 describes for their core function. A service that is not in
the table has no known category; that is not ``Other``, which says that none fits.
"""

from __future__ import annotations

from collections.abc import Mapping

AWS = "AWS"
AWS_PUBLISHER = "Amazon Web Services, Inc."

_BY_CATEGORY: Mapping[str, tuple[str, ...]] = {
    "AI and Machine Learning": (
        "Amazon Bedrock",
        "Amazon Comprehend",
        "Amazon Lex",
        "Amazon Polly",
        "Amazon Rekognition",
        "Amazon SageMaker",
        "Amazon Textract",
        "Amazon Transcribe",
        "Amazon Translate",
    ),
    "Analytics": (
        "AWS Glue",
        "AWS Lake Formation",
        "Amazon Athena",
        "Amazon Elastic MapReduce",
        "Amazon Kinesis",
        "Amazon Kinesis Firehose",
        "Amazon OpenSearch Service",
        "Amazon QuickSight",
        "Amazon Redshift",
    ),
    "Compute": (
        "AWS Batch",
        "AWS Lambda",
        "AWS Step Functions",
        "Amazon EC2",
        "Amazon Elastic Compute Cloud",
        "Amazon Lightsail",
        "AmazonEC2",
        "AWSLambda",
        "Savings Plans for AWS Compute usage",
    ),
    "Databases": (
        "Amazon DocumentDB (with MongoDB compatibility)",
        "Amazon DynamoDB",
        "Amazon ElastiCache",
        "Amazon MemoryDB",
        "Amazon Neptune",
        "Amazon Relational Database Service",
        "Amazon Timestream",
        "AmazonDynamoDB",
        "AmazonElastiCache",
        "AmazonRDS",
    ),
    "Developer Tools": ("AWS CodeArtifact", "AWS CodePipeline", "AWS X-Ray", "CodeBuild"),
    "Identity": ("AWS Directory Service", "AWS Key Management Service", "Amazon Cognito", "awskms"),
    "Integration": (
        "AWSQueueService",
        "Amazon EventBridge",
        "Amazon MQ",
        "Amazon Simple Notification Service",
        "Amazon Simple Queue Service",
        "AmazonSNS",
    ),
    "Internet of Things": ("AWS IoT", "AWS IoT Core", "AWS IoT SiteWise"),
    "Management and Governance": (
        "AWS CloudTrail",
        "AWS Config",
        "AWS Systems Manager",
        "AWSCloudTrail",
        "AmazonCloudWatch",
    ),
    "Media": (
        "AWS Elemental MediaConvert",
        "AWS Elemental MediaLive",
        "Amazon Interactive Video Service",
    ),
    "Migration": ("AWS Database Migration Service", "AWS DataSync", "AWS Transfer Family"),
    "Networking": (
        "AWS Data Transfer",
        "AWS Direct Connect",
        "AWS Global Accelerator",
        "AWSDataTransfer",
        "AWSELB",
        "Amazon API Gateway",
        "Amazon CloudFront",
        "Amazon Route 53",
        "Amazon Virtual Private Cloud",
        "AmazonCloudFront",
        "AmazonRoute53",
        "AmazonVPC",
        "Elastic Load Balancing",
    ),
    "Security": (
        "AWS Certificate Manager",
        "AWS Secrets Manager",
        "AWS Security Hub",
        "AWS Shield",
        "AWS WAF",
        "Amazon GuardDuty",
        "Amazon Inspector",
        "Amazon Macie",
    ),
    "Storage": (
        "AWS Backup",
        "Amazon Elastic Block Store",
        "Amazon Elastic File System",
        "Amazon FSx",
        "Amazon Glacier",
        "Amazon Simple Storage Service",
        "AmazonEFS",
        "AmazonGlacier",
        "AmazonS3",
    ),
}

SERVICE_CATEGORIES: Mapping[str, str] = {
    service: category for category, services in _BY_CATEGORY.items() for service in services
}

REGION_NAMES: Mapping[str, str] = {
    "af-south-1": "Africa (Cape Town)",
    "ap-east-1": "Asia Pacific (Hong Kong)",
    "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-northeast-2": "Asia Pacific (Seoul)",
    "ap-northeast-3": "Asia Pacific (Osaka)",
    "ap-south-1": "Asia Pacific (Mumbai)",
    "ap-south-2": "Asia Pacific (Hyderabad)",
    "ap-southeast-1": "Asia Pacific (Singapore)",
    "ap-southeast-2": "Asia Pacific (Sydney)",
    "ap-southeast-3": "Asia Pacific (Jakarta)",
    "ap-southeast-4": "Asia Pacific (Melbourne)",
    "ca-central-1": "Canada (Central)",
    "ca-west-1": "Canada West (Calgary)",
    "eu-central-1": "Europe (Frankfurt)",
    "eu-central-2": "Europe (Zurich)",
    "eu-north-1": "Europe (Stockholm)",
    "eu-south-1": "Europe (Milan)",
    "eu-south-2": "Europe (Spain)",
    "eu-west-1": "Europe (Ireland)",
    "eu-west-2": "Europe (London)",
    "eu-west-3": "Europe (Paris)",
    "il-central-1": "Israel (Tel Aviv)",
    "me-central-1": "Middle East (UAE)",
    "me-south-1": "Middle East (Bahrain)",
    "sa-east-1": "South America (Sao Paulo)",
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-gov-east-1": "AWS GovCloud (US-East)",
    "us-gov-west-1": "AWS GovCloud (US-West)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
}

# A Savings Plan commits to dollars an hour, a Reserved Instance to hours of instances.
COMMITMENT_CATEGORIES: Mapping[str, str] = {"savings plan": "Spend", "reserv": "Usage"}
