data "aws_region" "current" {}

locals {
  behind_alb = { for key, group in var.target_groups : key => ["LoadBalancer", var.alb_arn_suffix, "TargetGroup", group] }

  # Title, unit of the left axis, statistic, and metrics.
  graphs = [
    {
      title   = "Requests a minute", stat = "Sum"
      metrics = [for key, dimensions in local.behind_alb : concat(["AWS/ApplicationELB", "RequestCount"], dimensions, [{ label = key }])]
    },
    {
      title   = "Answers with an error", stat = "Sum"
      metrics = [for key, dimensions in local.behind_alb : concat(["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"], dimensions, [{ label = key }])]
    },
    {
      title   = "Seconds to an answer, 99th percentile", stat = "p99"
      metrics = [for key, dimensions in local.behind_alb : concat(["AWS/ApplicationELB", "TargetResponseTime"], dimensions, [{ label = key }])]
    },
    {
      title = "Processor of the services, percent", stat = "Average"
      metrics = [
        for key, service in var.services :
        ["AWS/ECS", "CPUUtilization", "ClusterName", service.cluster, "ServiceName", service.name, { label = "${key} (${service.functions} functions)" }]
      ]
    },
    {
      title = "Memory of the services, percent", stat = "Maximum"
      metrics = [
        for key, service in var.services :
        ["AWS/ECS", "MemoryUtilization", "ClusterName", service.cluster, "ServiceName", service.name, { label = key }]
      ]
    },
    {
      title   = "Age of the oldest message, seconds", stat = "Maximum"
      metrics = [for key, queue in var.queues : ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", queue.name, { label = key }]]
    },
    {
      title   = "Dead letters", stat = "Maximum"
      metrics = [for key, queue in var.queues : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue.dead_letters, { label = key }]]
    },
    {
      title = "Database: connections and processor", stat = "Average"
      metrics = [
        for metric in ["DatabaseConnections", "CPUUtilization"] : ["AWS/RDS", metric, "DBInstanceIdentifier", var.database, { label = metric }]
      ]
    },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = [
      for index, graph in local.graphs : {
        type   = "metric"
        x      = 12 * (index % 2)
        y      = 6 * floor(index / 2)
        width  = 12
        height = 6
        properties = {
          title   = graph.title
          region  = data.aws_region.current.name
          stat    = graph.stat
          period  = 60
          view    = "timeSeries"
          metrics = graph.metrics
        }
      }
    ]
  })
}
