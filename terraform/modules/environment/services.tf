locals {
  behind_alb = { for key, service in var.catalog.services : key => service if service.host != null }
  workers    = { for key, service in var.catalog.services : key => service if service.host == null }

  # Environments of one load balancer have a hundred places each.
  priorities = { for index, key in sort(keys(local.behind_alb)) : key => 100 * var.environment.position + 10 * index + 10 }

  # A service that has no image yet has no tasks, so that the first apply comes before the first push.
  images = { for key in keys(var.catalog.services) : key => lookup(var.images, key, "${var.foundation.repositories[key].url}:none") }
  tasks = {
    for key, service in var.catalog.services :
    key => { min = contains(keys(var.images), key) ? min(var.min_tasks, service.max_tasks) : 0, max = service.max_tasks }
  }
  capacity_provider = var.spot ? "FARGATE_SPOT" : "FARGATE"

  variables = merge(
    {
      (var.catalog.variables.environment)      = var.environment.name
      (var.catalog.variables.release)          = var.release
      (var.catalog.variables.app_url)          = local.urls["app"]
      (var.catalog.variables.api_url)          = local.urls["api"]
      (var.catalog.variables.queue_url_prefix) = module.queues.url_prefix
      (var.catalog.variables.log)              = var.log_filter
      (var.catalog.variables.mail_from)        = "Velox <no-reply@${local.domain}>"
      TZ                                       = "UTC"
    },
    { for key, table in var.catalog.tables : table.variable => module.tables.tables[key].name },
    { for key, bucket in var.catalog.buckets : bucket.variable => module.buckets.buckets[key].name },
  )
}

resource "aws_ecs_cluster" "this" {
  # checkov:skip=CKV_AWS_65: what is needed of it is in the free metrics of services; it is paid by task and month
  name = local.name

  setting {
    name  = "containerInsights"
    value = "disabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

resource "aws_security_group" "tasks" {
  # checkov:skip=CKV2_AWS_5: the services of modules/service and modules/worker are in it
  name_prefix = "${local.name}-tasks-"
  description = "Requests from the load balancer; AWS, mail and the database outwards"
  vpc_id      = var.foundation.vpc_id

  lifecycle {
    create_before_destroy = true
  }

  tags = { Name = "${local.name}-tasks" }
}

resource "aws_vpc_security_group_ingress_rule" "alb" {
  for_each = var.catalog.ports

  security_group_id            = aws_security_group.tasks.id
  description                  = "From the load balancer: ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
  referenced_security_group_id = var.foundation.alb_security_group_id
}

resource "aws_vpc_security_group_egress_rule" "tasks" {
  for_each = { https = 443, smtps = 465, submission = 587 }

  security_group_id = aws_security_group.tasks.id
  description       = "Outwards: ${each.key}"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_egress_rule" "database" {
  security_group_id            = aws_security_group.tasks.id
  description                  = "To the database"
  ip_protocol                  = "tcp"
  from_port                    = var.catalog.database.port
  to_port                      = var.catalog.database.port
  referenced_security_group_id = module.database.security_group_id
}

module "task" {
  source   = "../task"
  for_each = var.catalog.services

  name           = "${local.name}-${each.key}"
  image          = local.images[each.key]
  repository_arn = var.foundation.repositories[each.key].arn
  cpu            = each.value.cpu
  memory_mib     = each.value.memory_mib
  architecture   = var.architecture
  ports          = each.value.host == null ? [var.catalog.ports.health] : [var.catalog.ports.http, var.catalog.ports.health]
  health_check   = [var.catalog.image.adapter, "healthcheck", "--url", "http://127.0.0.1:${var.catalog.ports.health}${var.catalog.ready_path}"]
  log_group      = "${local.path}/${each.key}"
  stop_timeout_s = each.value.stop_timeout_s
  environment    = local.variables
  secrets        = module.secrets.arns[each.key]
  grants         = local.grants[each.key]
  kms_key_arn    = module.encryption.key_arn

  collector = var.collector == null ? null : merge(var.collector, { token_arn = module.secrets.arns["collector"]["TELEMETRY_TOKEN"] })
}

module "service" {
  source   = "../service"
  for_each = local.behind_alb

  name                   = "${local.name}-${each.key}"
  cluster                = aws_ecs_cluster.this.name
  definition_arn         = module.task[each.key].definition_arn
  capacity_provider      = local.capacity_provider
  tasks                  = local.tasks[each.key]
  subnet_ids             = var.foundation.private_subnet_ids
  security_group_id      = aws_security_group.tasks.id
  vpc_id                 = var.foundation.vpc_id
  listener_arn           = var.foundation.listener_arn
  alb_arn_suffix         = var.foundation.alb_arn_suffix
  http_port              = var.catalog.ports.http
  health                 = { port = var.catalog.ports.health, path = var.catalog.ready_path }
  deregistration_delay_s = each.value.deregistration_delay_s
  topic_arn              = module.observability.topic_arn

  rule = {
    priority         = local.priorities[each.key]
    host             = trimprefix(local.urls[each.value.host], "https://")
    source_addresses = var.foundation.hosts[each.value.host].staff_only ? var.foundation.office_addresses : null
  }

  depends_on = [aws_ecs_cluster_capacity_providers.this]
}

module "worker" {
  source   = "../worker"
  for_each = local.workers

  name              = "${local.name}-${each.key}"
  cluster           = aws_ecs_cluster.this.name
  definition_arn    = module.task[each.key].definition_arn
  capacity_provider = local.capacity_provider
  tasks             = local.tasks[each.key]
  subnet_ids        = var.foundation.private_subnet_ids
  security_group_id = aws_security_group.tasks.id
  topic_arn         = module.observability.topic_arn

  # Schedules put one message at a time: only jobs have a backlog.
  queues = { for key, queue in module.queues.queues : key => queue.name if !contains(keys(var.catalog.schedules), key) }

  depends_on = [aws_ecs_cluster_capacity_providers.this]
}

# One-off tasks: the pipeline starts "migrate" before a new version serves, an operator the others. They alone are given
# the secrets of the schema's owner.
module "one_off" {
  source   = "../task"
  for_each = var.catalog.tasks

  name           = "${local.name}-${each.key}"
  image          = local.images[each.value.service]
  repository_arn = var.foundation.repositories[each.value.service].arn
  cpu            = 256
  memory_mib     = 512
  architecture   = var.architecture
  command        = [var.catalog.image.adapter, "invoke", each.key, "--manifest", var.catalog.image.manifest]
  log_group      = "${local.path}/${each.key}"
  stop_timeout_s = 120
  environment    = local.variables
  secrets        = module.secrets.arns[each.key]
  grants         = {}
  kms_key_arn    = module.encryption.key_arn
}
