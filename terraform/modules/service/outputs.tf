output "name" {
  description = "Name of the service."
  value       = aws_ecs_service.this.name
}

output "target_group_arn_suffix" {
  description = "The target group's name in CloudWatch's metrics."
  value       = aws_lb_target_group.this.arn_suffix
}
