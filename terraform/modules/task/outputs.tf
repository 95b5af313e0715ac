output "definition_arn" {
  description = "The task definition, with its revision."
  value       = aws_ecs_task_definition.this.arn
}

output "family" {
  description = "The task definition without its revision."
  value       = aws_ecs_task_definition.this.family
}

output "log_group" {
  description = "Where the task logs."
  value       = aws_cloudwatch_log_group.this.name
}
