# A task definition with its log and its two roles: one with which ECS starts it, one that its code has.
data "aws_region" "current" {}

locals {
  logging = {
    logDriver = "awslogs"
    options = {
      awslogs-group         = aws_cloudwatch_log_group.this.name
      awslogs-region        = data.aws_region.current.name
      awslogs-stream-prefix = "task"
      # A full log must not stop the service ("Preventing log loss with non-blocking mode").
      mode            = "non-blocking"
      max-buffer-size = "4m"
    }
  }

  adapter = merge(
    {
      name                   = "adapter"
      image                  = var.image
      essential              = true
      readonlyRootFilesystem = true
      stopTimeout            = var.stop_timeout_s
      portMappings           = [for port in var.ports : { containerPort = port, hostPort = port, protocol = "tcp" }]
      environment            = [for key in sort(keys(var.environment)) : { name = key, value = var.environment[key] }]
      secrets                = [for key in sort(keys(var.secrets)) : { name = key, valueFrom = var.secrets[key] }]
      linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
      logConfiguration       = local.logging
      mountPoints            = []
      systemControls         = []
      volumesFrom            = []
    },
    var.command == null ? {} : { entryPoint = slice(var.command, 0, 1), command = slice(var.command, 1, length(var.command)) },
    var.health_check == null ? {} : {
      healthCheck = {
        command     = concat(["CMD"], var.health_check)
        interval    = 10
        timeout     = 5
        retries     = 3
        startPeriod = 30
      }
    },
  )

  collector = var.collector == null ? [] : [{
    name                   = "collector"
    image                  = var.collector.image
    essential              = false
    readonlyRootFilesystem = true
    memory                 = 128
    environment            = [{ name = "AOT_CONFIG_CONTENT", value = var.collector.configuration }]
    secrets                = [{ name = "TOKEN", valueFrom = var.collector.token_arn }]
    logConfiguration       = local.logging
    mountPoints            = []
    portMappings           = []
    systemControls         = []
    volumesFrom            = []
  }]

  parameter_arns = concat(values(var.secrets), [for collector in var.collector[*] : collector.token_arn])
}

resource "aws_cloudwatch_log_group" "this" {
  name              = var.log_group
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_ecs_task_definition" "this" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory_mib
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  container_definitions    = jsonencode(concat([local.adapter], local.collector))
  # A rollback needs the definition before this one.
  skip_destroy = true

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.architecture
  }
}
