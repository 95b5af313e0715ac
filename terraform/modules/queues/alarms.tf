# A message that waits longer than a few tries take: nobody works on the queue, or too few do.
resource "aws_cloudwatch_metric_alarm" "age" {
  for_each = aws_sqs_queue.this

  alarm_name          = "${each.value.name}-age"
  alarm_description   = "Messages wait: is the worker running, and has it enough tasks?"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = each.value.name }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 2 * each.value.visibility_timeout_seconds
  period              = 60
  evaluation_periods  = 5
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.topic_arn]
  ok_actions          = [var.topic_arn]
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  for_each = aws_sqs_queue.dead_letters

  alarm_name          = each.value.name
  alarm_description   = "A message failed as often as it may: read why in the log, mend it, and send it back"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = each.value.name }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 60
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.topic_arn]
  ok_actions          = [var.topic_arn]
}
