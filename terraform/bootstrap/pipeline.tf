# The role of the pipeline: GitHub Actions proves by OpenID Connect which workflow asks, so that no long-lived key is
# anywhere ("Configuring OpenID Connect in Amazon Web Services").
data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "pipeline_assume" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }

    # A workflow's run in one of these environments, whose protection rules GitHub keeps.
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = [for environment in local.account.github_environments : "repo:${var.repository}:environment:${environment}"]
    }
  }
}

resource "aws_iam_role" "pipeline" {
  name                 = "${var.prefix}-${var.network}-pipeline"
  assume_role_policy   = data.aws_iam_policy_document.pipeline_assume.json
  max_session_duration = 7200
}

# Terraform makes roles and policies: whoever may do that may do everything in the end, and the account is the fence.
# What the pipeline has no business with is refused all the same.
resource "aws_iam_role_policy_attachment" "pipeline" {
  # checkov:skip=CKV_AWS_274: makes roles, so it could give itself the rest; the account is the fence, and a statement below refuses what it never needs
  role       = aws_iam_role.pipeline.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/AdministratorAccess"
}

data "aws_iam_policy_document" "pipeline_never" {
  # checkov:skip=CKV_AWS_356: a refusal, which is meant for everything
  statement {
    sid    = "NobodysKeysNobodysPasswords"
    effect = "Deny"
    actions = [
      "account:*",
      "iam:CreateAccessKey",
      "iam:CreateLoginProfile",
      "iam:CreateUser",
      "iam:UpdateLoginProfile",
      "organizations:*",
    ]
    resources = ["*"]
  }

  statement {
    sid       = "NotItsOwnFence"
    effect    = "Deny"
    actions   = ["iam:*"]
    resources = ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:role/${var.prefix}-${var.network}-pipeline"]
  }

  statement {
    sid       = "NoSecretIsRead"
    effect    = "Deny"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "pipeline_never" {
  name   = "never"
  role   = aws_iam_role.pipeline.id
  policy = data.aws_iam_policy_document.pipeline_never.json
}
