# What an empty account needs before anything else can be applied to it: a place for states, the DNS zone, and the role
# of the pipeline. Applied once by an administrator of the account; its own state is kept in the bucket that it makes
# (docs/deploy.md).
locals {
  account = var.accounts[var.network]
}

provider "aws" {
  region              = var.region
  allowed_account_ids = [local.account.account_id]

  default_tags {
    tags = {
      Project   = var.prefix
      Network   = var.network
      ManagedBy = "terraform"
      Root      = "bootstrap"
    }
  }
}

module "encryption" {
  source = "../modules/encryption"

  name = "${var.prefix}-${var.network}-terraform"
}

resource "aws_s3_bucket" "state" {
  # checkov:skip=CKV_AWS_18: who reads a state is in CloudTrail
  # checkov:skip=CKV_AWS_144: a state can be made again by import; versions keep mistakes from losing it
  # checkov:skip=CKV2_AWS_62: nobody waits for a state
  bucket = local.account.state_bucket

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "state" {
  bucket = aws_s3_bucket.state.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = module.encryption.key_arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "state" {
  bucket                  = aws_s3_bucket.state.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_lifecycle_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    id     = "old-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 365
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.state]
}

data "aws_iam_policy_document" "state" {
  statement {
    sid       = "NobodyWithoutTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.state.arn, "${aws_s3_bucket.state.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "state" {
  bucket = aws_s3_bucket.state.id
  policy = data.aws_iam_policy_document.state.json
}

# To be delegated to: its name servers are an output.
resource "aws_route53_zone" "this" {
  # checkov:skip=CKV2_AWS_38: DNSSEC has to begin at the registrar, which not all do
  # checkov:skip=CKV2_AWS_39: a log of DNS queries says who asked a resolver, and costs by the query
  name = local.account.domain
}
