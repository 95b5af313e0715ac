output "deployment" {
  description = "What the pipeline works with."
  value = {
    cluster = aws_ecs_cluster.this.name
    urls    = local.urls
    services = {
      for key, task in module.task :
      key => { name = "${local.name}-${key}", task_definition = task.definition_arn, log_group = task.log_group }
    }
    migration = {
      task_definition = module.one_off["migrate"].family
      subnets         = var.foundation.private_subnet_ids
      security_groups = [aws_security_group.tasks.id]
      log_group       = module.one_off["migrate"].log_group
    }
    # Every one-off task, for operators: "migrate" among them.
    tasks = { for key, task in module.one_off : key => { task_definition = task.family, log_group = task.log_group } }
  }
}

output "database" {
  description = "Address of the database, and where its master user's password is."
  value       = { address = module.database.address, master_secret_arn = module.database.master_secret_arn }
}

output "alarm_topic_arn" {
  description = "Where alarms go."
  value       = module.observability.topic_arn
}
