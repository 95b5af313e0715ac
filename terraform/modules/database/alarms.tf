locals {
  gib = 1024 * 1024 * 1024

  alarms = {
    storage = {
      description = "The disk is full by nine tenths: it grows by itself, unless it has reached its limit"
      metric      = "FreeStorageSpace", comparison = "LessThanThreshold", threshold = var.storage_gib * local.gib / 10
    }
    connections = {
      description = "Nearly all connections are taken: a pool leaks, or there are more tasks than the catalogue counts on"
      metric      = "DatabaseConnections", comparison = "GreaterThanThreshold", threshold = floor(var.database.max_connections * 0.8)
    }
    cpu = {
      description = "The database is busy: Performance Insights says with what"
      metric      = "CPUUtilization", comparison = "GreaterThanThreshold", threshold = 85
    }
    memory = {
      description = "The database has little memory left"
      metric      = "FreeableMemory", comparison = "LessThanThreshold", threshold = local.gib / 10
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-database-${each.key}"
  alarm_description   = each.value.description
  namespace           = "AWS/RDS"
  metric_name         = each.value.metric
  dimensions          = { DBInstanceIdentifier = aws_db_instance.this.identifier }
  statistic           = "Average"
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = 10
  treat_missing_data  = "missing"
  alarm_actions       = [var.topic_arn]
  ok_actions          = [var.topic_arn]
}
