output "name_servers" {
  description = "To be delegated to, at the registrar or in the zone above."
  value       = aws_route53_zone.this.name_servers
}

output "pipeline_role_arn" {
  description = "For the workflow on GitHub: the variable DEPLOY_ROLE of the environment."
  value       = aws_iam_role.pipeline.arn
}

output "state_bucket" {
  description = "Where states are."
  value       = aws_s3_bucket.state.id
}
