locals {
  behind_alb = { LoadBalancer = var.alb_arn_suffix, TargetGroup = aws_lb_target_group.this.arn_suffix }

  alarms = {
    "5xx" = {
      description = "The service answers with errors: read its log, and what was deployed last"
      namespace   = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count", dimensions = local.behind_alb
      statistic   = "Sum", percentile = null, threshold = 10, minutes = 3
    }
    p99 = {
      description = "One request of a hundred takes too long"
      namespace   = "AWS/ApplicationELB", metric = "TargetResponseTime", dimensions = local.behind_alb
      statistic   = null, percentile = "p99", threshold = var.p99_s, minutes = 10
    }
    unhealthy = {
      description = "A task says that it is not ready"
      namespace   = "AWS/ApplicationELB", metric = "UnHealthyHostCount", dimensions = local.behind_alb
      statistic   = "Maximum", percentile = null, threshold = 0, minutes = 10
    }
    cpu = {
      description = "The service has as many tasks as it may, and they are busy"
      namespace   = "AWS/ECS", metric = "CPUUtilization", dimensions = { ClusterName = var.cluster, ServiceName = var.name }
      statistic   = "Average", percentile = null, threshold = 85, minutes = 15
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  extended_statistic  = each.value.percentile
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = each.value.minutes
  # Nobody asks, nothing is wrong.
  treat_missing_data = "notBreaching"
  alarm_actions      = [var.topic_arn]
  ok_actions         = [var.topic_arn]
}
