output "deployment" {
  description = "What the pipeline works with."
  value       = module.environment.deployment
}

output "database" {
  description = "Address of the database, and where its master user's password is."
  value       = module.environment.database
}
