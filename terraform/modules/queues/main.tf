resource "aws_sqs_queue" "dead_letters" {
  for_each = var.queues

  name                      = "${var.name}-${each.key}-dead-letters"
  message_retention_seconds = each.value.dead_letter_retention_s
  kms_master_key_id         = var.kms_key_arn
}

resource "aws_sqs_queue" "this" {
  for_each = var.queues

  name                       = "${var.name}-${each.key}"
  visibility_timeout_seconds = each.value.visibility_timeout_s
  receive_wait_time_seconds  = 20
  message_retention_seconds  = each.value.dead_letter_retention_s
  kms_master_key_id          = var.kms_key_arn

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters[each.key].arn
    maxReceiveCount     = each.value.max_receive_count
  })
}

resource "aws_sqs_queue_redrive_allow_policy" "this" {
  for_each = var.queues

  queue_url = aws_sqs_queue.dead_letters[each.key].id
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.this[each.key].arn]
  })
}

data "aws_iam_policy_document" "tls" {
  for_each = merge(
    { for key, queue in aws_sqs_queue.this : key => queue.arn },
    { for key, queue in aws_sqs_queue.dead_letters : "${key}-dead-letters" => queue.arn },
  )

  statement {
    sid       = "NobodyWithoutTls"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [each.value]

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

resource "aws_sqs_queue_policy" "this" {
  for_each = aws_sqs_queue.this

  queue_url = each.value.id
  policy    = data.aws_iam_policy_document.tls[each.key].json
}

resource "aws_sqs_queue_policy" "dead_letters" {
  for_each = aws_sqs_queue.dead_letters

  queue_url = each.value.id
  policy    = data.aws_iam_policy_document.tls["${each.key}-dead-letters"].json
}
