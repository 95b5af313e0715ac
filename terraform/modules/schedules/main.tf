data "aws_caller_identity" "current" {}

resource "aws_scheduler_schedule_group" "this" {
  name = var.name
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

# A role each: a schedule may send to its own queue, and to no other.
data "aws_iam_policy_document" "send" {
  for_each = var.schedules

  statement {
    actions   = ["sqs:SendMessage"]
    resources = [var.queues[each.key]]
  }

  statement {
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]
  }
}

resource "aws_iam_role" "this" {
  for_each = var.schedules

  name               = "${var.name}-${each.key}-schedule"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "send" {
  for_each = var.schedules

  name   = "send"
  role   = aws_iam_role.this[each.key].id
  policy = data.aws_iam_policy_document.send[each.key].json
}

resource "aws_scheduler_schedule" "this" {
  for_each = var.schedules

  name                = "${var.name}-${each.key}"
  group_name          = aws_scheduler_schedule_group.this.name
  schedule_expression = each.value.expression
  kms_key_arn         = var.kms_key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = var.queues[each.key]
    role_arn = aws_iam_role.this[each.key].arn
    input    = each.value.input

    # Later than this the next fire is near: what a function has missed it makes up for then.
    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 10
    }
  }
}
