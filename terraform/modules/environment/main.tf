# An environment: everything that it does not share with others of its account.
locals {
  name   = "${var.prefix}-${var.environment.name}"
  path   = "/${var.prefix}/${var.environment.name}"
  domain = var.foundation.domains[var.environment.name]
  urls   = { for key, host in var.foundation.hosts : key => "https://${host.label}.${local.domain}" }
}

module "encryption" {
  source = "../encryption"

  name     = local.name
  services = ["cloudwatch.amazonaws.com"]
}

module "observability" {
  source = "../observability"

  name        = local.name
  email       = var.account.alarm_email
  kms_key_arn = module.encryption.key_arn
}

module "database" {
  source = "../database"

  name                = local.name
  database            = var.catalog.database
  instance_class      = var.database.instance_class
  storage_gib         = var.database.storage_gib
  multi_az            = var.database.multi_az
  backup_days         = var.database.backup_days
  deletion_protection = var.deletion_protection
  vpc_id              = var.foundation.vpc_id
  subnet_ids          = var.foundation.private_subnet_ids
  kms_key_arn         = module.encryption.key_arn
  topic_arn           = module.observability.topic_arn

  client_security_group_ids = {
    tasks  = aws_security_group.tasks.id
    router = var.foundation.router_security_group_id
  }
}

module "tables" {
  source = "../tables"

  name                = local.name
  tables              = var.catalog.tables
  kms_key_arn         = module.encryption.key_arn
  deletion_protection = var.deletion_protection
}

module "queues" {
  source = "../queues"

  name        = local.name
  queues      = var.catalog.queues
  kms_key_arn = module.encryption.key_arn
  topic_arn   = module.observability.topic_arn
}

module "schedules" {
  source = "../schedules"

  name        = local.name
  schedules   = var.catalog.schedules
  queues      = { for key, queue in module.queues.queues : key => queue.arn }
  kms_key_arn = module.encryption.key_arn
}

module "buckets" {
  source = "../buckets"

  name                = local.name
  buckets             = var.catalog.buckets
  origins             = [local.urls["app"]]
  kms_key_arn         = module.encryption.key_arn
  deletion_protection = var.deletion_protection
}

module "secrets" {
  source = "../secrets"

  path        = local.path
  kms_key_arn = module.encryption.key_arn

  secrets = merge(
    { for key, service in var.catalog.services : key => service.secrets },
    { for key, task in var.catalog.tasks : key => task.secrets },
    var.collector == null ? {} : { collector = toset(["TELEMETRY_TOKEN"]) },
  )
}

module "dashboard" {
  source = "../dashboard"

  name           = local.name
  alb_arn_suffix = var.foundation.alb_arn_suffix
  target_groups  = { for key, service in module.service : key => service.target_group_arn_suffix }
  queues         = module.queues.queues
  database       = module.database.identifier
  services = {
    for key, service in var.catalog.services :
    key => { cluster = aws_ecs_cluster.this.name, name = "${local.name}-${key}", functions = length(service.functions) }
  }
}
